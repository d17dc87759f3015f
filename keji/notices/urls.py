from django.urls import path

from keji.notices.pages import channels, hooks, inbox

app_name = "notices"
urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/unread/", inbox.unread, name="unread"),
    path("inbox/read/", inbox.read_all, name="read_all"),
    path("inbox/<int:pk>/read/", inbox.read, name="read"),
    path("inbox/<int:pk>/snooze/", inbox.snooze, name="snooze"),
    path("account/notices/", channels.choices, name="choices"),
    path("account/notices/mail/", channels.mail, name="mail"),
    path("account/notices/robots/new/", channels.robot_add, name="robot_add"),
    path("account/notices/<int:pk>/", channels.robot_edit, name="robot"),
    path("account/notices/<int:pk>/switch/", channels.channel_switch, name="channel_switch"),
    path("account/notices/<int:pk>/test/", channels.channel_test, name="channel_test"),
    path("account/notices/<int:pk>/again/", channels.channel_again, name="channel_again"),
    path("account/notices/<int:pk>/again/<int:line>/", channels.channel_line_again, name="channel_line_again"),
    path("account/notices/<int:pk>/drop/", channels.channel_drop, name="channel_drop"),
    path("channels/", channels.channel_list, name="channels"),
    path("channels/new/", channels.team_robot_add, name="team_robot_add"),
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
