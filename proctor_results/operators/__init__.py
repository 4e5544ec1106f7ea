"""The people who sign in to the dashboard: their accounts, sign-ins and failed attempts."""
