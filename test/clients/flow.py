"""The authorization code flow with PKCE and a refresh, by Authlib or requests-oauthlib; a program of python.test.ts.

Arguments: the library, the client's id, secret ("" for none), and redirect URI, the authorization and token endpoint, the resource.
Prints the authorization URL, reads the callback's URL from stdin, and prints both token responses as one JSON array.
"""
import json
import os
import sys

library, client_id, client_secret, redirect_uri, authorization_endpoint, token_endpoint, resource = sys.argv[1:]
os.environ['OAUTHLIB_INSECURE_TRANSPORT'] = os.environ['AUTHLIB_INSECURE_TRANSPORT'] = '1'  # the service is on loopback
scope = 'mcp:memory mcp:coding'


def ask(url):
    print(url, flush=True)
    return sys.stdin.readline().strip()


def authlib():
    from authlib.common.security import generate_token
    from authlib.integrations.requests_client import OAuth2Session
    method = 'client_secret_basic' if client_secret else 'none'
    session = OAuth2Session(client_id, client_secret or None, scope=scope, redirect_uri=redirect_uri,
                            code_challenge_method='S256', token_endpoint_auth_method=method)
    verifier = generate_token(48)
    url, state = session.create_authorization_url(authorization_endpoint, code_verifier=verifier, resource=resource)
    first = session.fetch_token(token_endpoint, authorization_response=ask(url), code_verifier=verifier, state=state)
    return [dict(first), dict(session.refresh_token(token_endpoint, refresh_token=first['refresh_token']))]


def requests_oauthlib():
    from base64 import urlsafe_b64encode
    from hashlib import sha256
    from requests_oauthlib import OAuth2Session
    session = OAuth2Session(client_id, scope=scope, redirect_uri=redirect_uri)
    verifier = urlsafe_b64encode(os.urandom(32)).rstrip(b'=').decode()
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b'=').decode()
    url, _ = session.authorization_url(authorization_endpoint, code_challenge=challenge, code_challenge_method='S256', resource=resource)
    secret = {'client_secret': client_secret} if client_secret else {}
    first = session.fetch_token(token_endpoint, authorization_response=ask(url), code_verifier=verifier, include_client_id=not client_secret, **secret)
    return [dict(first), dict(session.refresh_token(token_endpoint, client_id=client_id, **secret))]


print(json.dumps({'authlib': authlib, 'requests_oauthlib': requests_oauthlib}[library]()))
