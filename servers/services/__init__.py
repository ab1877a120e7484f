"""What can be done with the catalogue, by topic. Every door (API, admin, command, task) comes here.

Nothing here asks who may: the doors do, of ``servers.access``.
"""

from servers.services.changing import StaleWrite, edition_of, history_of
from servers.services.credentials import (
    InvalidCredential,
    delete_credential,
    sendable_credentials,
    set_credential,
)
from servers.services.dating import date_versions
from servers.services.deciding import (
    LONGEST_DECISION_REASON,
    AlreadyDecided,
    Decision,
    accept_all,
    decide_change,
    decide_changes,
)
from servers.services.editing import (
    LONGEST_CATEGORY,
    ServerChanges,
    registry_facts,
    set_enabled,
    tag_server,
    update_server,
)
from servers.services.events import announce_deliveries, emit
from servers.services.features import ToolChanges, record_features, write_tools
from servers.services.health import LONGEST_REASON, record_health_summary
from servers.services.labels import (
    LONGEST_LABEL,
    LONGEST_LABEL_KEY,
    InvalidLabels,
    check_label_key,
    check_labels,
)
from servers.services.lifecycle import (
    InvalidStatus,
    MayNotRestore,
    NothingToChange,
    delete_server,
    purge_deleted,
    rename_server,
    restore_server,
    set_status,
)
from servers.services.listed import (
    LONGEST_TOOL_TEXT,
    ListedTool,
    Offer,
)
from servers.services.marks import (
    LONGEST_ALIAS,
    MOST_ALIASES,
    AliasTaken,
    InvalidAlias,
    alias,
    star,
    unstar,
)
from servers.services.names import (
    LooksLike,
    ServerExists,
    UrlTaken,
    refuse_taken_name,
    refuse_taken_urls,
)
from servers.services.news import announce, announced_together
from servers.services.policies import (
    DefaultPolicy,
    PolicyChanges,
    PolicyExists,
    StalePolicy,
    change_policy,
    create_policy,
    delete_policy,
    policy_fingerprint,
)
from servers.services.publishing import (
    VersionIsPublished,
    VersionIsUnderReview,
    change_server,
    edit_server,
    publish_version,
)
from servers.services.registering import register_server
from servers.services.reviewing import (
    LONGEST_REVIEW_REASON,
    InvalidMove,
    approve_version,
    discard_draft,
    reject_version,
    submit_version,
    withdraw_version,
)
from servers.services.successors import InvalidSuccessor, check_successor
from servers.services.tags import LONGEST_TAG, MOST_TAGS, tags_named
from servers.services.versions import is_listed, latest_version_of, wake_drafts, write_urls

__all__ = [
    "LONGEST_ALIAS",
    "LONGEST_CATEGORY",
    "LONGEST_DECISION_REASON",
    "LONGEST_LABEL",
    "LONGEST_LABEL_KEY",
    "LONGEST_REASON",
    "LONGEST_REVIEW_REASON",
    "LONGEST_TAG",
    "LONGEST_TOOL_TEXT",
    "MOST_TAGS",
    "MOST_ALIASES",
    "AliasTaken",
    "AlreadyDecided",
    "DefaultPolicy",
    "InvalidAlias",
    "Decision",
    "InvalidCredential",
    "InvalidLabels",
    "InvalidMove",
    "InvalidStatus",
    "InvalidSuccessor",
    "ListedTool",
    "LooksLike",
    "MayNotRestore",
    "NothingToChange",
    "Offer",
    "PolicyChanges",
    "PolicyExists",
    "ServerChanges",
    "ServerExists",
    "StalePolicy",
    "StaleWrite",
    "ToolChanges",
    "UrlTaken",
    "VersionIsPublished",
    "VersionIsUnderReview",
    "accept_all",
    "alias",
    "announce",
    "announced_together",
    "announce_deliveries",
    "approve_version",
    "change_policy",
    "change_server",
    "check_label_key",
    "check_labels",
    "check_successor",
    "create_policy",
    "date_versions",
    "decide_change",
    "decide_changes",
    "delete_credential",
    "delete_policy",
    "delete_server",
    "discard_draft",
    "edit_server",
    "edition_of",
    "emit",
    "history_of",
    "is_listed",
    "latest_version_of",
    "policy_fingerprint",
    "publish_version",
    "purge_deleted",
    "record_features",
    "record_health_summary",
    "refuse_taken_name",
    "refuse_taken_urls",
    "register_server",
    "registry_facts",
    "reject_version",
    "rename_server",
    "restore_server",
    "sendable_credentials",
    "set_credential",
    "set_enabled",
    "set_status",
    "star",
    "submit_version",
    "tag_server",
    "tags_named",
    "unstar",
    "update_server",
    "wake_drafts",
    "withdraw_version",
    "write_tools",
    "write_urls",
]
