"""Whether this process answers at all: for supervisors and load balancers.

It asks neither the database nor Redis, whose failure restarting this process would not mend.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")
