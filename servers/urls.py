"""The addresses of the catalogue's pages."""

from django.urls import path

from servers import views

urlpatterns = [
    path("", views.catalogue, name="home"),
    path("servers/<path:name>", views.server, name="server"),
]
