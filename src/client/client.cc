// SPDX-License-Identifier: Apache-2.0
#include <ductape/client.hpp>

#include <cstdlib>

#include "src/client/client_core.h"

namespace ductape::inline v0 {

namespace detail {

Result<Client> open_client(ClientOptions options, Registry registry, Surroundings surroundings) {
  const auto fill = [](std::string& value, const char* variable, std::string fallback) {
    if (!value.empty()) return;
    const char* from_environment = std::getenv(variable);
    value = from_environment && *from_environment ? from_environment : std::move(fallback);
  };
  fill(options.product, "DUCTAPE_PRODUCT", registry.default_product());
  fill(options.env, "DUCTAPE_ENV", registry.default_env());
  if (options.env.empty()) options.env = "dev";
  if (options.publish_window == 0)
    return Error{.code = Errc::invalid_argument, .message = "publish_window is 0; it must be at least 1"};
  if (options.on_metrics && options.metrics_interval <= std::chrono::milliseconds(0))
    return Error{.code = Errc::invalid_argument,
                 .message = "metrics_interval is " + std::to_string(options.metrics_interval.count()) +
                            " ms; it must be positive"};
  return Client(std::make_shared<ClientCore>(std::move(options), std::move(registry), std::move(surroundings)));
}

}  // namespace detail

Result<Client> Client::open(ClientOptions options) {
  auto registry = Registry::open(options.store);
  if (!registry) return std::move(registry).error();
  return detail::open_client(std::move(options), std::move(*registry), {});
}

Client::Client(std::shared_ptr<detail::ClientCore> core) : core_(std::move(core)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Future<Receipt> Client::publish(PublishRequest request, PublishOptions options) {
  auto state = std::make_shared<detail::FutureState<Receipt>>();
  auto& cell = core_->cell(request.product, request.env, request.event);
  core_->publish(cell, request.message, options, state);
  return Future<Receipt>(std::move(state));
}

void Client::publish(PublishRequest request, PublishOptions options, PublishCompletion completion) {
  auto& cell = core_->cell(request.product, request.env, request.event);
  core_->publish(cell, request.message, options, std::move(completion));
}

Result<Topic> Client::topic(std::string_view event) {
  auto& cell = core_->cell({}, {}, event);
  if (auto route = core_->route(cell); !route) return std::move(route).error();
  return Topic(std::make_shared<detail::TopicCore>(*core_, cell));
}

Result<Subscription> Client::subscribe_deliveries(SubscribeRequest request, SubscribeOptions options,
                                                  detail::DeliveryHandler handler) {
  auto& cell = core_->cell(request.product, request.env, request.event);
  auto core = core_->subscribe(cell, std::move(options), std::move(handler));
  if (!core) return std::move(core).error();
  return Subscription(std::move(*core));
}

Result<NativeNames> Client::native_names(std::string_view event, std::string_view env) {
  auto found = core_->route(core_->cell({}, env, event));
  if (!found) return std::move(found).error();
  const pipeline::Route& route = **found;
  auto groups = core_->registry().groups(route.product, route.event);
  if (!groups) return std::move(groups).error();
  const auto names_of = [](const driver::Address& address) {
    NativeNames::Names names;
    for (const auto& [what, name] : address.names) names.emplace_back(what, name);
    return names;
  };
  NativeNames names{.provider = route.provider, .topic = names_of(route.address)};
  if (names.topic.empty()) names.topic.emplace_back("topic", route.address.native);
  for (const auto& group : *groups) {
    auto retry = route.connection->driver().address(route.spec(), driver::Role::retry, group.name);
    auto dead = route.connection->driver().address(route.spec(), driver::Role::dead_letter, group.name);
    if (!retry) return std::move(retry).error();
    if (!dead) return std::move(dead).error();
    names.groups.push_back({group.name, names_of(*retry), retry->native, dead->native});
  }
  return names;
}

Health Client::health(std::chrono::milliseconds probe) { return core_->health(probe); }
std::vector<Finding> Client::diagnose(std::chrono::milliseconds patience) { return core_->diagnose(patience); }
Groups Client::groups() { return Groups(*core_); }
Registry Client::registry() const { return core_->registry(); }
const ClientOptions& Client::options() const noexcept { return core_->options(); }

Result<void> Client::close(std::chrono::milliseconds deadline) {
  if (core_->close(core_->runtime().now() + deadline)) return {};
  return Error{.code = Errc::timed_out, .message = "something was still under way at the close deadline"};
}

}  // namespace ductape::inline v0
