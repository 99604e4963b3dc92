"""Upload a photo, see its case, print it, delete it."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from skinapp.domain.case import Case, CaseImages
from skinapp.domain.errors import PhotoRefused, QuotaReached
from skinapp.web.context import web_context
from skinapp.web.forms import DeleteForm, UploadForm
from skinapp.web.owner import known_owner, owner_for_upload, owner_of_session
from skinapp.web.presenters.case_list import present_cases
from skinapp.web.presenters.made_case import MadeCase
from skinapp.web.presenters.refusals import quota_words, refusal_words
from skinapp.web.presenters.result import ResultPage, present_result
from skinapp.web.presenters.upload import present_upload
from skinapp.web.presenters.views import ResultView
from skinapp.web.view_choice import asked_view, keep_view, kept_view

cases = Blueprint("cases", __name__)

_LISTED = 50


def upload_page(form: UploadForm, error: str = "", view: ResultView | None = None) -> str:
    """Render the upload form, with what was wrong where something was.

    ``view`` is the one that the form begins with; None: the one chosen last.
    """
    # Made together with the form's token: who sends the same form again is the same owner.
    owner_for_upload()
    page = present_upload(web_context().settings, view or kept_view(), error)
    return render_template("pages/upload.html", form=form, page=page)


@cases.get("/")
def start() -> str:
    """Show the upload form."""
    return upload_page(UploadForm())


@cases.get("/cases")
def index() -> str:
    """List the cases of this browser session."""
    context = web_context()
    owner = known_owner()
    # One more than is shown tells whether there are more.
    entries = context.screening.recent_cases(owner, _LISTED + 1) if owner else ()
    page = present_cases(entries, _LISTED, context.settings.retention_days, kept_view())
    return render_template("pages/cases.html", page=page)


@cases.post("/cases")
def create() -> BaseResponse:
    """Assess the upload; show the case, or the form with the reason why not."""
    form = UploadForm()
    context = web_context()
    keep_view(request.form.get("view"))
    try:
        data = form.photo_bytes()
        with context.admission.turn():
            case_id = _screened(data, form.submission_name())
    except PhotoRefused as refusal:
        # The kind of refusal and what tripped the decoder; nothing of the file itself.
        cause = f" ({type(refusal.__cause__).__name__})" if refusal.__cause__ else ""
        g.outcome = f"{type(refusal).__name__}{cause}"
        words = refusal_words(refusal)
        return make_response(upload_page(form, words), 422)
    except QuotaReached as reached:
        g.outcome = "QuotaReached"
        answer = make_response(upload_page(form, quota_words(reached)), 429)
        answer.headers["Retry-After"] = str(reached.retry_after_s)
        return answer
    return redirect(url_for("cases.show", case_id=case_id), 303)


@cases.get("/cases/<case_id>")
def show(case_id: str) -> str:
    """Show the result."""
    page = _result(case_id)
    return render_template("pages/result.html", page=page)


@cases.get("/cases/<case_id>/print")
def print_sheet(case_id: str) -> str:
    """Show the result as a sheet of paper."""
    page = _result(case_id)
    return render_template("pages/print.html", page=page)


@cases.get("/cases/<case_id>/photo.jpg")
def photo(case_id: str) -> Response:
    """Send the kept photo."""
    return _picture(_images(case_id).photo_jpeg, "photo.jpg", "image/jpeg")


@cases.get("/cases/<case_id>/thumbnail.jpg")
def thumbnail(case_id: str) -> Response:
    """Send the kept photo as small as a list shows it."""
    small = web_context().screening.thumbnail(case_id, owner_of_session())
    return _picture(small, "thumbnail.jpg", "image/jpeg")


@cases.get("/cases/<case_id>/overlay.png")
def overlay(case_id: str) -> Response:
    """Send the activation map that is laid over the photo."""
    return _picture(_images(case_id).overlay_png, "overlay.png", "image/png")


@cases.get("/cases/<case_id>/overlay-2.png")
def rival_overlay(case_id: str) -> Response:
    """Send the second type's map, where the case shows one beside the first."""
    drawn = web_context().screening.rival_overlay(case_id, owner_of_session())
    return _picture(drawn, "overlay-2.png", "image/png")


@cases.get("/cases/<case_id>/delete")
def confirm_delete(case_id: str) -> str:
    """Ask before a case is deleted."""
    made = web_context().screening.made_at(case_id, owner_of_session())
    page = MadeCase(case_id=case_id, created_at=made)
    return render_template("pages/delete.html", page=page, form=DeleteForm())


@cases.post("/cases/<case_id>/delete")
def delete(case_id: str) -> BaseResponse:
    """Delete a case for good.  The CSRF token is checked before the view."""
    web_context().screening.delete_case(case_id, owner_of_session())
    flash("The case and its photo were deleted.")
    return redirect(url_for("cases.start"), 303)


def _screened(data: bytes, submission: str) -> str:
    """The id of the upload's case; a form without a name, as of a program, makes one every time."""
    screening, owner = web_context().screening, owner_for_upload()
    if submission:
        return screening.screen_once(data, owner, submission)
    return screening.screen(data, owner).id


def _result(case_id: str) -> ResultPage:
    context, case = web_context(), _case(case_id)
    # The card speaks of the model that is served now, as it is calibrated now; an older case may be
    # another one's, or have probabilities of another scale, by which the threshold moved as well.
    assessment, card = case.assessment, context.card
    same_model = (
        assessment.prediction.model_version == card.version
        and assessment.operating_point.threshold == card.operating_point.threshold
    )
    return present_result(
        case,
        context.settings.retention_days,
        prevalence=context.settings.prevalence,
        # Links, so that they work without script and can be printed.
        show_numbers=request.args.get("show") == "numbers",
        view=asked_view(),
        card=card if same_model else None,
    )


def _picture(content: bytes, name: str, mimetype: str) -> Response:
    """Answer with a picture under a name of ours."""
    disposition = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=disposition)


def _case(case_id: str) -> Case:
    return web_context().screening.open_case(case_id, owner_of_session())


def _images(case_id: str) -> CaseImages:
    return web_context().screening.case_images(case_id, owner_of_session())
