"""The catalogue in the database, by topic."""

from servers.models.access_stamp import AccessStamp
from servers.models.catalogue import (
    LONGEST_NAME,
    LONGEST_STATUS_MESSAGE,
    LONGEST_VERSION,
    Alias,
    HealthState,
    RemoteUrl,
    ReviewState,
    Server,
    ServerVersion,
    Star,
    Status,
    Tag,
    Transport,
)
from servers.models.credentials import UpstreamCredential
from servers.models.features import (
    Effect,
    Feature,
    FeatureChange,
    FeatureKind,
    Finding,
    Prompt,
    Resource,
    Tool,
)
from servers.models.policies import Policy
from servers.models.sources import Source, SourceRun
from servers.models.webhooks import Event, Webhook, WebhookDelivery

__all__ = [
    "LONGEST_NAME",
    "LONGEST_STATUS_MESSAGE",
    "LONGEST_VERSION",
    "AccessStamp",
    "Alias",
    "Effect",
    "Event",
    "Feature",
    "FeatureChange",
    "FeatureKind",
    "Finding",
    "HealthState",
    "Policy",
    "Prompt",
    "RemoteUrl",
    "Resource",
    "ReviewState",
    "Server",
    "ServerVersion",
    "Source",
    "SourceRun",
    "Star",
    "Status",
    "Tag",
    "Tool",
    "Transport",
    "UpstreamCredential",
    "Webhook",
    "WebhookDelivery",
]
