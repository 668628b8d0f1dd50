"""What STS asks of a web identity token before it asks the role's trust policy: a provider of its issuer in the role's account, one of
that provider's audiences, and that it has not ended. Its signature is not looked at: issuers of local clusters publish no keys.
"""

import time

from ministack.core.responses import error_response_json
from ministack.services import iam, sts
from ministack.services.cognito import _decode_id_token_unverified


def install():
    trust_denied, principal_of = sts._web_identity_trust_denied, sts._web_identity_principal

    def denied(role_arn, params, use_json):
        problem = _problem(role_arn, sts._p(params, "WebIdentityToken"))
        if problem is None:
            return trust_denied(role_arn, params, use_json)
        code, message = problem
        return error_response_json(code, message, 400) if use_json else sts._error(400, code, message, ns="sts")

    def principal(token, provider_id, role_arn):
        """Kubernetes lists the one audience it was asked for; AWS compares it as if it stood alone."""
        provider, keys = principal_of(token, provider_id, role_arn)
        alone = {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in keys.items()}
        return provider, alone

    sts._web_identity_trust_denied = denied
    sts._web_identity_principal = principal


def _problem(role_arn, token):
    try:
        claims = _decode_id_token_unverified(token)
        issuer, audiences, ends = claims["iss"], claims["aud"], float(claims["exp"])
    except (ValueError, TypeError, KeyError):
        return "InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
    partition, account = role_arn.split(":")[1], role_arn.split(":")[4]
    host = issuer.split("://", 1)[-1].rstrip("/")
    provider = iam._oidc_providers.get_scoped(account, None, f"arn:{partition}:iam::{account}:oidc-provider/{host}")
    if provider is None:
        return "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}"
    if not set([audiences] if isinstance(audiences, str) else audiences) & set(provider["ClientIDList"]):
        return "InvalidIdentityToken", "Incorrect token audience"
    if ends <= time.time():
        return "ExpiredTokenException", "Token expired: current date/time must be before the expiration date/time"
    return None
