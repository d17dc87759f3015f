from django.urls import path

from keji.deals.pages import board, edit, forecast, lists, move, pipelines, pulse, record

app_name = "deals"
urlpatterns = [
    path("deals/", board.board, name="board"),
    path("deals/filters/<slug:name>/", board.board_filter, name="board_filter"),
    path("deals/list/", lists.deal_list, name="list"),
    path("deals/list/filters/<slug:name>/", lists.deal_filter, name="filter"),
    path("deals/forecast/", forecast.forecast, name="forecast"),
    path("deals/new/", edit.deal_new, name="new"),
    path("deals/new/facts/", edit.deal_facts, name="facts"),
    path("deals/bin/", lists.deal_bin, name="bin"),
    path("deals/bin/<int:pk>/restore/", edit.deal_restore, name="restore"),
    path("deals/export/", lists.deal_export, name="export"),
    path("deals/<int:pk>/", record.deal_page, name="page"),
    path("deals/<int:pk>/next/", pulse.of_deal, name="pulse"),
    path("deals/<int:pk>/edit/", edit.deal_edit, name="edit"),
    path("deals/<int:pk>/drop/", edit.deal_drop, name="drop"),
    path("deals/<int:pk>/move/", move.deal_move, name="move"),
    path("deals/<int:pk>/confirm/", move.deal_confirm, name="confirm"),
    path("deals/<int:pk>/fact/", move.deal_fact, name="fact"),
    path("pipelines/", pipelines.pipeline_list, name="pipelines"),
    path("pipelines/<int:pk>/", pipelines.pipeline_page, name="pipeline"),
    path("pipelines/<int:pk>/stages/", pipelines.stage_add, name="stage_add"),
    path("stages/<int:pk>/", pipelines.stage_edit, name="stage"),
    path("stages/<int:pk>/shift/", pipelines.stage_shift, name="stage_shift"),
    path("stages/<int:pk>/switch/", pipelines.stage_switch, name="stage_switch"),
    path("stages/<int:pk>/drop/", pipelines.stage_drop, name="stage_drop"),
]
