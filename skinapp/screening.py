"""The story: bytes -> Photo -> Prediction -> Assessment -> Case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from skinapp.domain.assessment import assess
from skinapp.domain.case import Case, CaseEntry, CaseImages, case_id_of, new_case_id
from skinapp.domain.errors import CaseKept, CaseNotFound
from skinapp.domain.photo import PhotoLimits
from skinapp.domain.ports import CaseStore, Classifier
from skinapp.domain.quota import Quota
from skinapp.explain.overlay import draw_map, draw_overlay
from skinapp.intake.decode import decode_photo
from skinapp.intake.encode import encode_jpeg, thumbnail_jpeg
from skinapp.intake.quality import find_problems


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Screening:
    """What the app does for a clinician, free of HTTP."""

    classifier: Classifier
    store: CaseStore
    limits: PhotoLimits
    retention: timedelta
    clock: Callable[[], datetime] = _utc_now
    uploads_per_hour: int = 0  # of one owner; 0: any number

    def screen(self, data: bytes, owner: str) -> Case:
        """Assess an upload and keep the case.

        Raises a :class:`~skinapp.domain.errors.PhotoRefused` where the bytes are no usable photo;
        then nothing is kept.  Raises :class:`~skinapp.domain.errors.QuotaReached` where this owner
        has made as many cases within an hour as one may.
        """
        return self._screen(new_case_id(), data, owner)

    def screen_once(self, data: bytes, owner: str, submission: str) -> str:
        """Likewise, but the same bytes under the same ``submission`` make no second case.

        Returns the id of the one that they have, without assessing them again; what had no answer
        can be sent again for it.
        """
        case_id = case_id_of(owner, submission, data)
        if self._is_kept(case_id, owner):
            return case_id
        try:
            return self._screen(case_id, data, owner).id
        except CaseKept:
            # Its twin came meanwhile; or its time is over, and it waits to be removed.
            return case_id if self._is_kept(case_id, owner) else self.screen(data, owner).id

    def _screen(self, case_id: str, data: bytes, owner: str) -> Case:
        if quota := self._quota():
            # Before the work; two that come at once are told apart when they are kept.
            quota.check(self.store.made_since(owner, quota.since))
        case, images = self._assess(case_id, data)
        self.store.add(case, images, owner, self._quota())
        return case

    def _assess(self, case_id: str, data: bytes) -> tuple[Case, CaseImages]:
        photo = decode_photo(data, self.limits)
        pending = self.classifier.begin(photo)
        # While the network computes in its own thread.
        findings = find_problems(photo, model_input_px=self.classifier.input_size_px)
        photo_jpeg = encode_jpeg(photo)
        prediction = pending.result()
        assessment = assess(prediction, self.classifier.rules, findings)
        case = Case(
            id=case_id,
            created_at=self.clock(),
            assessment=assessment,
            photo_width_px=photo.width_px,
            photo_height_px=photo.height_px,
            source_width_px=photo.source_width_px,
            source_height_px=photo.source_height_px,
        )
        return case, CaseImages(photo_jpeg, draw_overlay(prediction.activation_map, photo))

    def made_at(self, case_id: str, owner: str) -> datetime:
        """When a case was made, even where it can't be read.

        Raises :class:`~skinapp.domain.errors.CaseNotFound` for strangers and expired cases.
        """
        made = self.store.made_at(case_id, owner)
        self._check_age(made)
        return made

    def open_case(self, case_id: str, owner: str) -> Case:
        """Likewise, all of it.

        Raises :class:`~skinapp.domain.errors.RecordUnreadable` for what another version kept.
        """
        case = self.store.get(case_id, owner)
        self._check_age(case.created_at)
        return case

    def recent_cases(self, owner: str, at_most: int) -> tuple[CaseEntry, ...]:
        """The owner's newest cases that have not expired, the newest first."""
        return self.store.recent(owner, self._oldest_kept(), at_most)

    def case_images(self, case_id: str, owner: str) -> CaseImages:
        """Likewise, the pictures of a case, whatever its record has become."""
        self.made_at(case_id, owner)
        return self.store.images(case_id, owner)

    def thumbnail(self, case_id: str, owner: str) -> bytes:
        """Likewise, the photo as a small JPEG, for a list."""
        return thumbnail_jpeg(self.case_images(case_id, owner).photo_jpeg)

    def rival_overlay(self, case_id: str, owner: str) -> bytes:
        """Likewise, the second type's map as a PNG, where the case shows one beside the first.

        It is drawn from the numbers in the record: few cases have one, so none pays for keeping it.
        Raises :class:`~skinapp.domain.errors.CaseNotFound` where there is none.
        """
        case = self.open_case(case_id, owner)
        activation = case.assessment.prediction.runner_up_map
        if case.assessment.rival is None or activation is None:
            raise CaseNotFound
        return draw_map(activation, case.photo_width_px, case.photo_height_px)

    def delete_case(self, case_id: str, owner: str) -> None:
        """Remove a case for good."""
        self.store.delete(case_id, owner)

    def purge_expired(self) -> int:
        """Remove the cases whose time is over for good; return how many."""
        return self.store.purge(self._oldest_kept())

    def _is_kept(self, case_id: str, owner: str) -> bool:
        try:
            self.made_at(case_id, owner)
        except CaseNotFound:
            return False
        return True

    def _quota(self) -> Quota | None:
        return Quota(self.uploads_per_hour, self.clock()) if self.uploads_per_hour else None

    def _check_age(self, made: datetime) -> None:
        if made < self._oldest_kept():
            raise CaseNotFound

    def _oldest_kept(self) -> datetime:
        return self.clock() - self.retention
