"""How composite values are stored in columns: as compact JSON text."""

import json

dump_json = json.JSONEncoder(separators=(",", ":")).encode
load_json = json.JSONDecoder().decode
