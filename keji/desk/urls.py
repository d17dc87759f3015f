from django.urls import path

from keji.desk.pages import account, dictionaries, home, jobs, people, picking, roles, search, settings, trail

app_name = "desk"
urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("customers/pick/", picking.pick, name="pick"),
    path("customers/pick/facts/", picking.facts, name="facts"),
    path("healthz", account.health, name="health"),
    path("theme/", account.theme, name="theme"),
    path("language/", account.language, name="language"),
    path("account/", account.account, name="account"),
    path("account/sessions/others/end/", account.end_other_sessions, name="sessions_end"),
    path("account/sessions/<int:pk>/end/", account.end_session, name="session_end"),
    path("people/", people.people_list, name="people"),
    path("people/new/", people.person_add, name="person_add"),
    path("people/<int:pk>/", people.person_edit, name="person"),
    path("people/<int:pk>/switch/", people.person_switch, name="person_switch"),
    path("people/<int:pk>/password/", people.person_password, name="person_password"),
    path("people/teams/new/", people.team_add, name="team_add"),
    path("people/teams/<int:pk>/", people.team_edit, name="team"),
    path("roles/", roles.role_list, name="roles"),
    path("roles/<int:pk>/", roles.role_edit, name="role"),
    path("roles/<int:pk>/restore/", roles.role_restore, name="role_restore"),
    path("dictionaries/", dictionaries.dictionary_list, name="dictionaries"),
    path("dictionaries/required/", dictionaries.required_fields, name="required"),
    path("dictionaries/<slug:name>/", dictionaries.dictionary_page, name="dictionary"),
    path("dictionaries/<slug:name>/new/", dictionaries.term_add, name="term_add"),
    path("terms/<int:pk>/", dictionaries.term_edit, name="term"),
    path("terms/<int:pk>/switch/", dictionaries.term_switch, name="term_switch"),
    path("terms/<int:pk>/drop/", dictionaries.term_drop, name="term_drop"),
    path("settings/", settings.settings_page, name="settings"),
    path("trail/", trail.trail_page, name="trail"),
    path("jobs/", jobs.jobs_page, name="jobs"),
]
