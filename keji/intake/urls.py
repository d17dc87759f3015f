from django.urls import path

from keji.intake import pages

app_name = "intake"
urlpatterns = [
    path("customers/<int:pk>/card/", pages.card_print, name="card"),
    path("imports/", pages.run_list, name="list"),
    path("exports/workbook/", pages.workbook_export, name="workbook"),
    path("imports/new/", pages.upload, name="upload"),
    path("imports/template/", pages.template, name="template"),
    path("imports/<int:pk>/columns/", pages.columns, name="columns"),
    path("imports/<int:pk>/check/", pages.check, name="check"),
    path("imports/<int:pk>/lines/<int:line>/mend/", pages.mend, name="mend"),
    path("imports/<int:pk>/lines/<int:line>/take/", pages.take_in, name="take_in"),
    path("imports/<int:pk>/people/", pages.meet, name="meet"),
    path("imports/<int:pk>/enter/", pages.enter, name="enter"),
    path("imports/<int:pk>/stop/", pages.stop, name="stop"),
    path("imports/<int:pk>/result/", pages.result, name="result"),
    path("imports/<int:pk>/errors/", pages.error_rows, name="errors"),
    path("imports/<int:pk>/revert/", pages.revert, name="revert"),
    path("imports/<int:pk>/again/", pages.again, name="again"),
]
