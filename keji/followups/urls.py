from django.urls import path

from keji.followups import pages

app_name = "followups"
urlpatterns = [
    path("followups/", pages.followup_list, name="list"),
    path("followups/filters/<slug:name>/", pages.followup_filter, name="filter"),
    path("customers/<int:pk>/looked-over/", pages.customer_look_over, name="look_over"),
    path("followups/new/", pages.followup_new, name="new"),
    path("followups/new/facts/", pages.followup_facts, name="facts"),
    path("followups/bin/", pages.followup_bin, name="bin"),
    path("followups/bin/<int:pk>/restore/", pages.followup_restore, name="restore"),
    path("followups/export/", pages.followup_export, name="export"),
    path("followups/<int:pk>/", pages.followup_page, name="page"),
    path("followups/<int:pk>/versions/", pages.followup_versions, name="versions"),
    path("followups/<int:pk>/edit/", pages.followup_edit, name="edit"),
    path("followups/<int:pk>/drop/", pages.followup_drop, name="drop"),
]
