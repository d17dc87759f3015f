from django.urls import path

from keji.intake.pages import forms, imports

app_name = "intake"
urlpatterns = [
    path("customers/<int:pk>/card/", imports.card_print, name="card"),
    path("imports/", imports.run_list, name="list"),
    path("exports/workbook/", imports.workbook_export, name="workbook"),
    path("imports/new/", imports.upload, name="upload"),
    path("imports/template/", imports.template, name="template"),
    path("imports/<int:pk>/columns/", imports.columns, name="columns"),
    path("imports/<int:pk>/check/", imports.check, name="check"),
    path("imports/<int:pk>/lines/<int:line>/mend/", imports.mend, name="mend"),
    path("imports/<int:pk>/lines/<int:line>/take/", imports.take_in, name="take_in"),
    path("imports/<int:pk>/people/", imports.meet, name="meet"),
    path("imports/<int:pk>/enter/", imports.enter, name="enter"),
    path("imports/<int:pk>/stop/", imports.stop, name="stop"),
    path("imports/<int:pk>/result/", imports.result, name="result"),
    path("imports/<int:pk>/errors/", imports.error_rows, name="errors"),
    path("imports/<int:pk>/revert/", imports.revert, name="revert"),
    path("imports/<int:pk>/again/", imports.again, name="again"),
    path("forms/", forms.form_list, name="forms"),
    path("forms/filters/<slug:name>/", forms.form_filter, name="forms_filter"),
    path("forms/print/", forms.form_print, name="forms_print"),
    path("forms/new/", forms.form_add, name="form_add"),
    path("forms/<int:pk>/", forms.form_page, name="form"),
    path("forms/<int:pk>/edit/", forms.form_edit, name="form_edit"),
    path("forms/<int:pk>/print/", forms.form_again, name="form_again"),
    path("forms/<int:pk>/void/", forms.form_void, name="form_void"),
    path("forms/<int:pk>/enter/", forms.form_enter, name="form_enter"),
]
