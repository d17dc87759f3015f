from django.urls import path

from keji.agenda.pages import calendar, edit, lists, plans, pulse, reviews

app_name = "agenda"
urlpatterns = [
    path("tasks/", lists.task_list, name="list"),
    path("tasks/filters/<slug:name>/", lists.task_filter, name="filter"),
    path("tasks/mine/", lists.mine, name="mine"),
    path("tasks/team/", lists.team, name="team"),
    path("tasks/team/<int:pk>/nudge/", lists.nudge, name="nudge"),
    path("tasks/calendar/", calendar.calendar, name="calendar"),
    path("tasks/calendar/feed/", calendar.feed_make, name="feed_make"),
    path("tasks/calendar/feed/revoke/", calendar.feed_revoke, name="feed_revoke"),
    path("tasks/new/", edit.task_new, name="new"),
    path("tasks/export/", lists.task_export, name="export"),
    path("tasks/<int:pk>/", edit.task_page, name="page"),
    path("tasks/<int:pk>/edit/", edit.task_edit, name="edit"),
    path("tasks/<int:pk>/done/", edit.task_done, name="done"),
    path("tasks/<int:pk>/drop/", edit.task_drop, name="drop"),
    path("tasks/<int:pk>/reopen/", edit.task_reopen, name="reopen"),
    path("tasks/<int:pk>/snooze/", edit.task_snooze, name="snooze"),
    path("tasks/<int:pk>/move/", edit.task_move, name="move"),
    path("tasks/<int:pk>/hand-over/", edit.task_hand_over, name="hand_over"),
    path("tasks/plans/", plans.plan_list, name="plans"),
    path("tasks/plans/new/", plans.plan_new, name="plan_new"),
    path("tasks/plans/<int:pk>/switch/", plans.plan_switch, name="plan_switch"),
    path("reviews/", reviews.review_list, name="reviews"),
    path("reviews/<int:pk>/", reviews.review_page, name="review"),
    path("reviews/<int:pk>/close/", reviews.review_close, name="review_close"),
    path("reviews/<int:pk>/customers/<int:customer>/", reviews.look_over, name="review_look_over"),
    path("feeds/<slug:secret>.ics", calendar.feed, name="feed"),
    path("customers/<int:pk>/next/", pulse.of_customer, name="pulse"),
]
