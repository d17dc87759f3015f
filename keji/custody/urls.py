from django.urls import path

from keji.custody import pages

app_name = "custody"
urlpatterns = [
    path("backups/", pages.backup_list, name="backups"),
    path("backups/new/", pages.backup_now, name="new"),
    path("backups/drill/", pages.backup_drill, name="drill"),
    path("backups/<slug:name>/", pages.backup_fetch, name="fetch"),
    path("backups/<slug:name>/check/", pages.backup_check, name="check"),
]
