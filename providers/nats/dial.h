// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nats/nats.h>

#include <memory>

#include <ductape/driver/types.hpp>
#include <ductape/result.hpp>

#include "providers/nats/options.h"

namespace ductape::inline v0::nats {

struct OptionsDeleter {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};
using OptionsPtr = std::unique_ptr<natsOptions, OptionsDeleter>;

/// How often the library asks the server for a sign of life.
constexpr driver::Millis ping_interval{1'500};

bool uses_tls(const NatsOptions& options);

/// The library's options for ours; reads the files of TLS and of credentials. Errors name the option.
Result<OptionsPtr> library_options(const NatsOptions& options);

/// Connects, which blocks, to the first server that lets us in. Errors name the servers and say what refused.
Result<natsConnection*> dial(const NatsOptions& options, natsOptions& native);

/// The library lets go of a connection on a thread of its own, after we have. What that has of OpenSSL must not be
/// freed while the process, and OpenSSL with it, ends: so what `native` shares with the connection of its time stays.
void keep_certificates(const NatsOptions& options, OptionsPtr native);

/// A server that another announced, with the log-in that stands in that one's address, if any.
std::string with_log_in_of(const std::string& server, std::string announced);

/// "nats://a:4222, nats://b:4222", without what is before an @.
std::string servers_text(const NatsOptions& options);

}  // namespace ductape::inline v0::nats
