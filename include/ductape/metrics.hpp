// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ductape/groups.hpp>

namespace ductape::inline v0 {

/// One measurement. The names are those of `ductape stats --prometheus`.
struct Metric {
  enum class Kind : std::uint8_t {
    counter,  ///< only grows
    gauge,    ///< as it is now
  };
  std::string_view name = {};  ///< "ductape_group_lag"
  std::string_view help = {};
  Kind kind = Kind::gauge;
  Headers labels = {};  ///< "product", "env", "event", and "group" of what is a group's
  double value = 0;
};

/// Takes the measurements of a client, those of one name side by side, from one of its workers; must not block. Its
/// counters are what this client did since it was opened, so that those of several processes may be summed; gauges of
/// a group are the same in all its members.
using MetricSink = std::function<void(std::span<const Metric>)>;

/// What is known of groups and their topics. A topic stands there once, whatever the number of its groups; what nobody
/// counts is not there. Counters are those of the store: of all processes that share it.
[[nodiscard]] std::vector<Metric> metrics_of(std::span<const GroupStatus> groups);

/// In Prometheus' text format, version 0.0.4, e.g. for a page that is scraped:
///
///     ductape::ClientOptions options;
///     options.on_metrics = [&page](std::span<const ductape::Metric> all) { page.set(ductape::prometheus_text(all)); };
[[nodiscard]] std::string prometheus_text(std::span<const Metric> metrics);

}  // namespace ductape::inline v0
