from django.urls import path

from keji.notices.pages import hooks

app_name = "notices"
urlpatterns = [
    path("hooks/", hooks.hook_list, name="hooks"),
    path("hooks/new/", hooks.hook_add, name="add"),
    path("hooks/<int:pk>/", hooks.hook_page, name="hook"),
    path("hooks/<int:pk>/edit/", hooks.hook_edit, name="edit"),
    path("hooks/<int:pk>/switch/", hooks.hook_switch, name="switch"),
    path("hooks/<int:pk>/secret/", hooks.hook_secret, name="secret"),
    path("hooks/<int:pk>/test/", hooks.hook_test, name="test"),
    path("hooks/<int:pk>/again/", hooks.hook_again, name="again"),
    path("hooks/<int:pk>/again/<int:line>/", hooks.line_again, name="line_again"),
    path("hooks/<int:pk>/drop/", hooks.hook_drop, name="drop"),
]
