"""Supervisor (YouTestMe Proctoring, proctoring.online): lets a learner sit.

Source: "SDK-based Integration with YouTestMe Proctoring", sections 3 and 4, and https://demo.proctoring.online/sdk/doc.
"""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from proctor_results.vendors import supervisor_payload, supervisor_token
from proctor_results.vendors.launch import LaunchOrder, Page, VendorLaunch
from proctor_results.vendors.supervisor_page import Embed, attributes_form, script_form


@dataclass(frozen=True, kw_only=True)
class SupervisorAccount:
    """One installation (guide, section 1): its address without a slash at the end, its provider's name, its secret."""

    url: str
    secret: str = field(repr=False)
    provider: str = "jwt"
    name: str = "supervisor"
    checklist: tuple[str, ...] = (
        "guide, 6.2 and 6.3: the page shows the exam when `proctoring` is kept, and never when it is broken",
        "guide, 6.4: a refreshed page is launched with the same identifier and student",
        "guide, 6.5: the page calls `endProctoring()` when the exam is handed in",
        "guide, 6.6: the page closes the exam when it hears `proctor-results:stopped`",
    )

    @property
    def script_url(self) -> str:
        """Always from the server that the page connects to, or their versions differ (guide, 6.1)."""
        return f"{self.url}/sdk/supervisor.js"

    def faults(self, order: LaunchOrder, now: datetime) -> dict[str, list[str]]:
        """What this vendor would not take."""
        return supervisor_payload.faults(order, now)

    def launch(self, order: LaunchOrder, page: Page, now: datetime) -> VendorLaunch:
        """What opens the sitting; a proctor's token lasts as long as the learner's."""
        token = supervisor_token.sign(supervisor_payload.students(order, now), self.secret)
        embed = Embed(
            url=self.url,
            script_url=self.script_url,
            provider=self.provider,
            token=token,
            page=page,
            referrer=order.referrer,
        )
        return VendorLaunch(
            token=token,
            expires=supervisor_payload.expiry(order, now),
            link=self._link(token),
            report=f"{self.url}/api/report/{order.identifier}",
            proctor_link=self._proctors_link(order, now),
            script_html=script_form(embed),
            attributes_html=attributes_form(embed),
        )

    def rehearse(self, now: datetime) -> list[str]:
        """Nothing, as long as the vendor will find what its guide requires."""
        order = LaunchOrder(identifier="rehearsal", student="rehearsal")
        token = supervisor_token.sign(supervisor_payload.students(order, now), self.secret)
        try:
            found = supervisor_token.read(token, self.secret)
        except supervisor_token.UnreadableToken as error:
            return [f"the token cannot be read again: {error}"]
        return [f"{name} is missing in the token" for name in _REQUIRED if not found.get(name)]

    def _link(self, token: str) -> str:
        return f"{self.url}/api/auth/{quote(self.provider, safe='')}?token={token}"

    def _proctors_link(self, order: LaunchOrder, now: datetime) -> str | None:
        if order.proctor is None:
            return None
        return self._link(supervisor_token.sign(supervisor_payload.proctors(order, now), self.secret))


_REQUIRED = ("exp", "username", "identifier", "template")
