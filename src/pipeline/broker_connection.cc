// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/broker_connection.h"

namespace ductape::inline v0::pipeline {

Result<std::shared_ptr<BrokerConnection>> BrokerConnection::open(const driver::Provider& provider,
                                                                 const driver::Options& options,
                                                                 driver::Runtime& runtime, detail::Executor& executor,
                                                                 PublishLimits limits) {
  auto driver = provider.open(options, runtime);
  if (!driver) return std::move(driver).error();
  auto connection = std::shared_ptr<BrokerConnection>(new BrokerConnection(provider, std::move(*driver)));
  connection->publishing_ =
      std::make_shared<PublishPath>(*connection->driver_, runtime, executor, std::string(provider.name()), limits);
  return connection;
}

}  // namespace ductape::inline v0::pipeline
