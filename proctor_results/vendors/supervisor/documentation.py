"""The request that Supervisor's guide documents, for OpenAPI."""

from typing import Any

_NULLABLE_DATE_TIME = {"type": "string", "format": "date-time", "nullable": True}
_NULLABLE_STRING = {"type": "string", "nullable": True}

_EXAMPLE = {
    "identifier": "ebb455bf-a757-4b62-bc27-da8c9ffb69fd",
    "status": "stopped",
    "duration": 35,
    "startedAt": "2022-02-18T22:55:36.523Z",
    "stoppedAt": "2022-02-18T23:55:58.524Z",
    "score": 64,
    "averages": {"b1": 0, "n1": 36},
    "student": "82e77802-08ad-42df-bb31-c7592e96ba5c",
}

_RESULT_SCHEMA = {
    "type": "object",
    "required": ["identifier"],
    "description": "Table 4.1 of the guide. Every field but the identifier may be null or absent; "
    "others are stored.",
    "properties": {
        "identifier": {"type": "string", "maxLength": 200},
        "status": {
            **_NULLABLE_STRING,
            "description": "started, skipped, stopped, accepted or rejected; others are stored",
        },
        "duration": {"type": "number", "nullable": True, "description": "minutes"},
        "startedAt": _NULLABLE_DATE_TIME,
        "stoppedAt": _NULLABLE_DATE_TIME,
        "signedAt": _NULLABLE_DATE_TIME,
        "score": {"type": "number", "nullable": True, "minimum": 0, "maximum": 100},
        "averages": {
            "type": "object",
            "nullable": True,
            "additionalProperties": {"type": "number", "nullable": True},
        },
        **dict.fromkeys(("student", "proctor", "comment", "conclusion", "link"), _NULLABLE_STRING),
    },
}

WEBHOOK_DOCUMENTATION: dict[str, Any] = {"schema": _RESULT_SCHEMA, "example": _EXAMPLE}
