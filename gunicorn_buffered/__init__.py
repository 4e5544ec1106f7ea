"""How gunicorn serves: no thread ever waits for a client, only the loop that can wait for a
thousand of them.
"""
