// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace ductape::inline v0::driver {

/// TLS beyond a switch, the same for every technology. What a server shows is always verified.
struct TlsOptions {
  std::string ca = {};
  std::string certificate = {};
  std::string key = {};
};

/// Visits them as `tls.ca`, `tls.certificate` and `tls.key`.
template <class Visit>
void describe(Visit& visit, TlsOptions& options) {
  visit(options.ca, {.name = "tls.ca", .help = "file with the authorities to trust; else the system's"});
  visit(options.certificate, {.name = "tls.certificate", .help = "file with the client's certificate"});
  visit(options.key, {.name = "tls.key", .help = "file with the key of the client's certificate"});
}

}  // namespace ductape::inline v0::driver
