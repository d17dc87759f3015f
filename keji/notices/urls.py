from django.urls import path

from keji.notices import pages

app_name = "notices"
urlpatterns = [
    path("hooks/", pages.hook_list, name="hooks"),
    path("hooks/new/", pages.hook_add, name="add"),
    path("hooks/<int:pk>/", pages.hook_page, name="hook"),
    path("hooks/<int:pk>/edit/", pages.hook_edit, name="edit"),
    path("hooks/<int:pk>/switch/", pages.hook_switch, name="switch"),
    path("hooks/<int:pk>/secret/", pages.hook_secret, name="secret"),
    path("hooks/<int:pk>/test/", pages.hook_test, name="test"),
    path("hooks/<int:pk>/again/", pages.hook_again, name="again"),
    path("hooks/<int:pk>/again/<int:line>/", pages.line_again, name="line_again"),
    path("hooks/<int:pk>/drop/", pages.hook_drop, name="drop"),
]
