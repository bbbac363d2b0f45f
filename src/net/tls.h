// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/tls_options.hpp>
#include <ductape/result.hpp>
#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace ductape::inline v0::net {

/// What a client needs to begin TLS: the authorities and its own certificate. Errors: `invalid_argument` that names the
/// file which cannot be used.
Result<std::shared_ptr<boost::asio::ssl::context>> tls_context(const driver::TlsOptions& files);

/// Why a handshake failed, said by what OpenSSL's verification found: an authority that is not trusted, a certificate
/// of another host, one that expired. `verify_result` is SSL_get_verify_result's.
[[nodiscard]] Error tls_error(const std::string& server, long verify_result, const std::string& handshake);

}  // namespace ductape::inline v0::net
