// SPDX-License-Identifier: Apache-2.0
// A server for one run: bench_server redis|nats|kafka|rabbitmq prints its port and lives until its standard input ends.
#include <cstdio>
#include <optional>
#include <string_view>

#include "tests/support/kafka_server.h"
#include "tests/support/nats_server.h"
#include "tests/support/rabbitmq_server.h"
#include "tests/support/redis_server.h"

int main(int argc, char** argv) {
  using namespace ductape::support;
  const std::string_view which = argc == 2 ? argv[1] : "";
  std::optional<RedisServer> redis;
  std::optional<NatsServer> nats;
  std::optional<KafkaServer> kafka;
  std::optional<RabbitmqServer> rabbitmq;
  if (which == "redis") {
    // A rewrite of the log in the middle of a run would be the server's own noise.
    redis.emplace(RedisServerOptions{.configuration = "auto-aof-rewrite-percentage 0\n"});
    std::printf("%d\n", redis->port());
  } else if (which == "nats") {
    nats.emplace();
    std::printf("%d\n", nats->port());
  } else if (which == "kafka") {
    kafka.emplace(KafkaServerOptions{.properties = "num.partitions=3\n"});
    std::printf("%d\n", kafka->port());
  } else if (which == "rabbitmq") {
    rabbitmq.emplace();
    std::printf("%d\n", rabbitmq->port());
  } else {
    std::fputs("usage: bench_server redis|nats|kafka|rabbitmq\n", stderr);
    return 2;
  }
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}
