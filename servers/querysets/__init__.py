"""What can be asked of many rows at once, by topic; chainable."""

from servers.querysets.access_stamp import AccessStampQuerySet
from servers.querysets.catalogue import (
    LATEST,
    ServerQuerySet,
    ServerVersionQuerySet,
    TagQuerySet,
)
from servers.querysets.features import FeatureChangeQuerySet, FeatureQuerySet, ToolQuerySet
from servers.querysets.policies import PolicyQuerySet
from servers.querysets.sources import SourceQuerySet, SourceRunQuerySet
from servers.querysets.webhooks import WebhookDeliveryQuerySet, WebhookQuerySet

__all__ = [
    "LATEST",
    "AccessStampQuerySet",
    "FeatureChangeQuerySet",
    "FeatureQuerySet",
    "PolicyQuerySet",
    "ServerQuerySet",
    "ServerVersionQuerySet",
    "SourceQuerySet",
    "SourceRunQuerySet",
    "TagQuerySet",
    "ToolQuerySet",
    "WebhookDeliveryQuerySet",
    "WebhookQuerySet",
]
