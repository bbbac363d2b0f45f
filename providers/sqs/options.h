// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/describe.hpp>
#include <ductape/driver/tls_options.hpp>

namespace ductape::inline v0::sqs {

/// Ductape's fields and those beyond them.
struct SqsOptions {
  std::string region = {};
  std::string access_key_id = {};
  Secret secret_access_key = {};
  Secret session_token = {};
  std::string endpoint = {};
  std::string cloud = {};
  std::string queue_url = {};
  std::string queue_name = {};
  driver::TlsOptions tls = {};
  driver::Config native = {};
};

template <class Visit>
void describe(Visit& visit, SqsOptions& options) {
  visit(options.region, {.name = "region", .help = "e.g. us-east-1", .required = true, .letters = {.only = "a-z0-9-"}});
  visit(options.access_key_id, {.name = "accessKeyId", .help = "whose key signs; else AWS's own chain finds one"});
  visit(options.secret_access_key, {.name = "secretAccessKey", .help = "the key that signs"});
  visit(options.session_token, {.name = "sessionToken", .help = "of a temporary key"});
  visit(options.endpoint,
        {.name = "endpoint", .help = "another address than the region's own", .letters = {.never = " "}});
  visit(options.queue_url, {.name = "queueUrl",
                            .help = "the queue, as it is",
                            .destination = driver::Destination::own,
                            .letters = {.never = " "},
                            .connection_url = ""});
  visit(options.queue_name, {.name = "queueName",
                             .help = "the queue by its name",
                             .destination = driver::Destination::own,
                             .letters = {.only = "A-Za-z0-9._-", .longest = 80}});
  visit(options.cloud,
        {.name = "cloud", .help = "a cloud connection's tag; then the credentials are those that this machine has"});
  describe(visit, options.tls);
  visit(options.native, {.name = "native", .help = "settings for the connection, verbatim"});
}

}  // namespace ductape::inline v0::sqs
