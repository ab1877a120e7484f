"""What is said of a document that breaks one of the registry's rules, in one place.

What breaks the schema is explained by ``schema``. A message follows the path of its field, as in
``version must be one version``.
"""

NOT_AN_OBJECT = "A server.json is a JSON object."
UNKNOWN_SCHEMA = "must be the address of an official schema, of one of these dates: {dates}."
NAME_PART = "must begin and end with a letter or digit in each part, unlike {part!r}."
ONE_VERSION = "must be one version: no range, not 'latest'."
NO_SLASH = "must hold no '/', which an address of the version could not carry."
ONE_PACKAGE_VERSION = "must be one version: no range."
HIDDEN = "has {character} at character {offset}, which {does}."
HIDDEN_MORE = "has {character} at character {offset}, which {does}, and {more} more like it."
HTTPS = "must be an https:// URL."
HTTP_URL = "must be an http:// or https:// URL."
HTTP_URL_WITH_HOST = "must be an http:// or https:// URL with a host."
REFUSED_ADDRESS = "is refused. {reason}"
PLAIN_HTTP = "must be https, unless ROLLCALL_OUTBOUND_ALLOW names the host."
UNDECLARED = "uses {{{variable}}}, which {place} does not declare."
UNDECLARED_IN_PACKAGE = (
    "uses {{{variable}}}, which no argument and no environment variable of {place} is called."
)
SHA256_REQUIRED = "is required for an mcpb package."
IDENTIFIER = "must be the name of a package of {registry}: {rule}."
IMAGE_TAG = "must end with the tag or digest of the image, as in docker.io/owner/image:1.0.0."
IMAGE_VERSION = "must be left out: the tag in identifier is the version of an oci package."
IMAGE_BASE_URL = "must be left out: the identifier of an oci package begins with its registry."
PUBLISHER_META_SIZE = "must be at most {most} bytes of JSON; it has {size}."
