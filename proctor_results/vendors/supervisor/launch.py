"""Launches learners at Supervisor (YouTestMe Proctoring, proctoring.online).

Source: "SDK-based Integration with YouTestMe Proctoring", sections 3 and 4, and
https://demo.proctoring.online/sdk/doc.
"""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from proctor_results.vendors.launch import ExamPageConfig, LaunchRequest, VendorLaunch
from proctor_results.vendors.supervisor import claims as supervisor_claims
from proctor_results.vendors.supervisor import token as supervisor_token
from proctor_results.vendors.supervisor.embed import (
    EmbedConfig,
    attribute_snippet,
    script_snippet,
)


@dataclass(frozen=True, kw_only=True)
class SupervisorLauncher:
    """One installation of Supervisor (guide, section 1). `url` has no trailing slash."""

    url: str
    secret: str = field(repr=False)
    provider: str = "jwt"

    @property
    def script_url(self) -> str:
        """The SDK of the server that the page connects to, so that versions match (guide, 6.1)."""
        return f"{self.url}/sdk/supervisor.js"

    def validation_errors(
        self, launch_request: LaunchRequest, now: datetime
    ) -> dict[str, list[str]]:
        """Return, by field of our request, what the vendor does not accept."""
        return supervisor_claims.validation_errors(launch_request, now)

    def launch(
        self, launch_request: LaunchRequest, exam_page: ExamPageConfig, now: datetime
    ) -> VendorLaunch:
        """Return the launch; a proctor's token expires together with the learner's."""
        token = supervisor_token.sign(
            supervisor_claims.student_claims(launch_request, now), self.secret
        )
        embed_config = EmbedConfig(
            url=self.url,
            script_url=self.script_url,
            provider=self.provider,
            token=token,
            exam_page=exam_page,
            referrer=launch_request.referrer,
        )
        return VendorLaunch(
            token=token,
            expires=supervisor_claims.token_expires_at(launch_request, now),
            link=self._link(token),
            report=f"{self.url}/api/report/{launch_request.identifier}",
            proctor_link=self._proctor_link(launch_request, now),
            script_html=script_snippet(embed_config),
            attributes_html=attribute_snippet(embed_config),
        )

    def self_test(self, now: datetime) -> list[str]:
        """Sign a sample token and read it again. Raises where it lacks what the guide requires."""
        launch_request = LaunchRequest(identifier="self-test", student="self-test")
        token = supervisor_token.sign(
            supervisor_claims.student_claims(launch_request, now), self.secret
        )
        try:
            claims = supervisor_token.verify(token, self.secret)
        except supervisor_token.UnreadableToken as error:
            return [f"the token cannot be read again: {error}"]
        return [
            f"{name} is missing in the token" for name in _REQUIRED_CLAIMS if not claims.get(name)
        ]

    def _link(self, token: str) -> str:
        return f"{self.url}/api/auth/{quote(self.provider, safe='')}?token={token}"

    def _proctor_link(self, launch_request: LaunchRequest, now: datetime) -> str | None:
        if launch_request.proctor is None:
            return None
        return self._link(
            supervisor_token.sign(
                supervisor_claims.proctor_claims(launch_request, now), self.secret
            )
        )


_REQUIRED_CLAIMS = ("exp", "username", "identifier", "template")
