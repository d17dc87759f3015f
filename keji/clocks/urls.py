from django.urls import path

from keji.clocks import pages

app_name = "clocks"
urlpatterns = [
    path("limits/", pages.limit_list, name="limits"),
    path("limits/<int:pk>/", pages.limit_edit, name="limit"),
    path("limits/<int:pk>/restore/", pages.limit_restore, name="limit_restore"),
    path("limits/frequencies/", pages.frequencies, name="frequencies"),
    path("holidays/", pages.holiday_page, name="holidays"),
    path("holidays/<int:pk>/drop/", pages.year_drop, name="year_drop"),
]
