"""What schemathesis must be told of our media types (scripts/test-openapi)."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx, value):
    """The schema is a text, which is sent as it is; what is wrong on purpose may be anything."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", errors="surrogatepass")
