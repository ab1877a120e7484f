"""What ROLLCALL_OIDC_GROUP_ROLES says, and what somebody's groups give by it."""

from typing import Any

import pytest
from pytest_django import Settings

from accounts.access import Role
from accounts.checks import single_sign_on_makes_sense
from accounts.sso.groups import GroupRoles, InvalidGroupRoles, Rights, groups_in

MAPPING = GroupRoles.parse(
    "leads=web:admin; devs=web:maintainer; devs=data:viewer; root=administrator"
)


def test_groups_give_roles_in_teams() -> None:
    rights = MAPPING.rights_of({"devs"})

    assert rights == Rights(roles={"web": Role.MAINTAINER, "data": Role.VIEWER})


@pytest.mark.parametrize("groups", [["devs", "leads"], ["leads", "devs"]])
def test_of_several_roles_in_a_team_the_highest_counts(groups: list[str]) -> None:
    assert MAPPING.rights_of(groups).roles["web"] == Role.ADMIN


def test_a_group_makes_an_administrator() -> None:
    assert MAPPING.rights_of({"root"}).is_administrator
    assert MAPPING.names_administrators
    assert not GroupRoles.parse("devs=web:viewer").names_administrators


def test_other_groups_give_nothing() -> None:
    assert MAPPING.rights_of({"Devs", "dev", ""}) == Rights()
    assert GroupRoles.parse(" ; ").rights_of({"devs"}) == Rights()


def test_a_group_may_be_an_ldap_name() -> None:
    mapping = GroupRoles.parse("cn=devs,ou=groups,dc=example=web:viewer")

    assert mapping.rights_of({"cn=devs,ou=groups,dc=example"}).roles == {"web": Role.VIEWER}


@pytest.mark.parametrize(
    "text",
    ["devs", "devs=", "=web:admin", "devs=web", "devs=web:owner", "devs=we b:admin", "devs=:admin"],
)
def test_what_is_no_mapping_is_named(text: str) -> None:
    with pytest.raises(InvalidGroupRoles):
        GroupRoles.parse(text)


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        (["a", "b", "a"], {"a", "b"}),
        ("a", {"a"}),
        (["a", 1, None, {"name": "b"}], {"a"}),
        ({"a": "b"}, set()),
        (None, set()),
    ],
)
def test_groups_are_read_from_a_claim(claim: Any, groups: set[str]) -> None:
    assert groups_in({"groups": claim}, "groups") == groups
    assert groups_in({}, "groups") == frozenset()


def test_wrong_settings_are_told_at_the_start(settings: Settings) -> None:
    assert single_sign_on_makes_sense() == []
    settings.OIDC_ISSUER = "https://" + "a" * 200
    settings.OIDC_GROUP_ROLES = "devs"

    found = {error.id for error in single_sign_on_makes_sense()}

    assert found == {"accounts.E003", "accounts.E004", "accounts.E005"}
