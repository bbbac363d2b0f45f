// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/describe.hpp>
#include <ductape/driver/tls_options.hpp>

namespace ductape::inline v0::pubsub {

/// Ductape's fields and those beyond them. `credentials` is the file of a service account, written out.
struct PubsubOptions {
  std::string project_id = {};
  std::string topic_name = {};
  std::string subscription_name = {};
  std::string key_filename = {};
  std::string endpoint = {};
  std::string cloud = {};
  std::string region = {};
  struct Credentials {
    std::string type = "service_account";
    std::string project_id = {};
    Secret private_key = {};
    std::string private_key_id = {};
    std::string client_email = {};
    std::string client_id = {};
    std::string auth_uri = {};
    std::string token_uri = {};
    std::string auth_provider_x509_cert_url = {};
    std::string client_x509_cert_url = {};
    std::string universe_domain = "googleapis.com";
  } credentials = {};
  driver::TlsOptions tls = {};
  driver::Config native = {};
};

template <class Visit>
void describe(Visit& visit, PubsubOptions& options) {
  visit(options.project_id, {.name = "projectId", .help = "the project's id; else the credentials' own"});
  visit(options.topic_name, {.name = "topicName",
                             .help = "the topic, as it is; else one is named after the event",
                             .destination = driver::Destination::own,
                             .letters = {.only = "A-Za-z0-9._~+%/-"}});
  visit(options.subscription_name, {.name = "subscriptionName",
                                    .help = "the subscription of the default group, as it is",
                                    .destination = driver::Destination::own,
                                    .letters = {.only = "A-Za-z0-9._~+%/-"}});
  visit(options.key_filename, {.name = "keyFilename", .help = "file with a service account's key"});
  visit(options.endpoint, {.name = "endpoint",
                           .help = "another address than the service's own, e.g. an emulator's",
                           .letters = {.never = " "}});
  visit(options.cloud,
        {.name = "cloud", .help = "a cloud connection's tag; then the credentials are those that this machine has"});
  visit(options.region,
        {.name = "region", .help = "of a regional endpoint, e.g. europe-west1", .letters = {.only = "a-z0-9-"}});
  auto& key = options.credentials;
  visit(key.type, {.name = "credentials.type", .help = "what kind of key it is"});
  visit(key.project_id, {.name = "credentials.project_id", .help = "the account's project"});
  visit(key.private_key, {.name = "credentials.private_key", .help = "the account's key, instead of a file"});
  visit(key.private_key_id, {.name = "credentials.private_key_id", .help = "which of its keys it is"});
  visit(key.client_email, {.name = "credentials.client_email", .help = "the account"});
  visit(key.client_id, {.name = "credentials.client_id", .help = "the account's number"});
  visit(key.auth_uri, {.name = "credentials.auth_uri", .help = "as in the file; not used"});
  visit(key.token_uri, {.name = "credentials.token_uri", .help = "where tokens are made; else the service's own"});
  visit(key.auth_provider_x509_cert_url,
        {.name = "credentials.auth_provider_x509_cert_url", .help = "as in the file; not used"});
  visit(key.client_x509_cert_url, {.name = "credentials.client_x509_cert_url", .help = "as in the file; not used"});
  visit(key.universe_domain, {.name = "credentials.universe_domain", .help = "the domain of the service"});
  describe(visit, options.tls);
  visit(options.native, {.name = "native", .help = "settings for the connection, verbatim"});
}

}  // namespace ductape::inline v0::pubsub
