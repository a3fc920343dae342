"""From a scene to a page: one function a kind of question."""

from __future__ import annotations

from kiosk.tui.citizen.capture import capture_page
from kiosk.tui.citizen.choice import choice_page, languages_page, ways_page
from kiosk.tui.citizen.entry import entry_page
from kiosk.tui.citizen.paper import idle_page, pause_page, review_page, signature_page
from kiosk.tui.citizen.scene import Panel, Scene
from kiosk.tui.page import Page
from kiosk.workflow.view import Capture, Choice, Entry, Pause, Review, Signature


def draw(scene: Scene) -> Page:
    """The page of this moment. A warning covers all; then panels; then the question."""
    view = scene.view
    if view.idle_left is not None:
        return idle_page(scene, view.idle_left)
    if scene.local.panel is Panel.LANGUAGES:
        return languages_page(scene)
    if scene.local.panel is Panel.WAYS and isinstance(view.screen, Entry | Capture | Pause):
        return ways_page(scene, view.screen.options)
    return _question(scene)


def _question(scene: Scene) -> Page:
    match scene.view.screen:
        case Choice() as screen:
            return choice_page(scene, screen)
        case Entry() as screen:
            return entry_page(scene, screen)
        case Capture() as screen:
            return capture_page(scene, screen)
        case Review() as screen:
            return review_page(scene, screen)
        case Signature() as screen:
            return signature_page(scene, screen)
        case screen:
            return pause_page(scene, screen)
