from django.urls import path

from keji.customers import pages

app_name = "customers"
urlpatterns = [
    path("customers/", pages.customer_list, name="list"),
    path("customers/new/", pages.customer_create, name="create"),
    path("customers/twins/", pages.customer_twins, name="twins"),
    path("customers/bin/", pages.customer_bin, name="bin"),
    path("customers/bin/<int:pk>/restore/", pages.customer_restore, name="restore"),
    path("customers/transfer/", pages.customers_transfer, name="transfer_many"),
    path("customers/drop/", pages.customers_drop, name="drop_many"),
    path("customers/export/", pages.customer_export, name="export"),
    path("exports/", pages.export_list, name="exports"),
    path("exports/<int:pk>/", pages.export_fetch, name="export_fetch"),
    path("customers/<int:pk>/", pages.customer_page, name="page"),
    path("customers/<int:pk>/edit/", pages.customer_edit, name="edit"),
    path("customers/<int:pk>/transfer/", pages.customer_transfer, name="transfer"),
    path("customers/<int:pk>/drop/", pages.customer_drop, name="drop"),
    path("customers/<int:pk>/grade/", pages.customer_regrade, name="regrade"),
    path("customers/<int:pk>/collaborators/", pages.customer_collaborators, name="collaborators"),
    path("customers/<int:pk>/reveal/<slug:name>/", pages.customer_reveal, name="reveal"),
    path("customers/<int:pk>/contacts/new/", pages.contact_create, name="contact_create"),
    path("contacts/", pages.contact_list, name="contacts"),
    path("contacts/<int:pk>/", pages.of_contact, name="of_contact"),
    path("contacts/<int:pk>/edit/", pages.contact_edit, name="contact_edit"),
    path("contacts/<int:pk>/drop/", pages.contact_drop, name="contact_drop"),
    path("contacts/<int:pk>/reveal/<slug:name>/", pages.contact_reveal, name="contact_reveal"),
    path("regions/", pages.regions, name="regions"),
]
