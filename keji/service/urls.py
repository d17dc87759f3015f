from django.urls import path

from keji.service import pages

app_name = "service"
urlpatterns = [
    path("tickets/", pages.ticket_list, name="list"),
    path("tickets/filters/<slug:name>/", pages.ticket_filter, name="filter"),
    path("tickets/new/", pages.ticket_new, name="new"),
    path("tickets/new/facts/", pages.ticket_facts, name="facts"),
    path("tickets/bin/", pages.ticket_bin, name="bin"),
    path("tickets/bin/<int:pk>/restore/", pages.ticket_restore, name="restore"),
    path("tickets/export/", pages.ticket_export, name="export"),
    path("tickets/satisfaction/", pages.satisfaction, name="satisfaction"),
    path("deals/<int:pk>/handover/", pages.handover, name="handover"),
    path("tickets/<int:pk>/", pages.ticket_page, name="page"),
    path("tickets/<int:pk>/edit/", pages.ticket_edit, name="edit"),
    path("tickets/<int:pk>/drop/", pages.ticket_drop, name="drop"),
]
