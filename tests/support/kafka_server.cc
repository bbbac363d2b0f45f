// SPDX-License-Identifier: Apache-2.0
#include "tests/support/kafka_server.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace ductape::inline v0::support {
namespace {

// On a machine with much else to do a start took 16 s.
constexpr std::chrono::seconds patience(60);

constexpr const char* log_configuration = R"(log4j.rootLogger=WARN, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=[%d] %p %m (%c)%n
)";

// One node without waiting: no delay before a group's first assignment, one partition for each internal topic, a
// session that is over a second after a kill, before which the broker may not come back, and a thousand logs that are
// opened soon: with indices as small as they are, and two at a time.
constexpr const char* single_node = R"(process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
inter.broker.listener.name=INNER
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=100
log.cleaner.dedupe.buffer.size=2097152
log.index.size.max.bytes=65536
num.recovery.threads.per.data.dir=2
)";

// For a line of properties and for a shell; neither name nor password of a test has a quote in it.
std::string plain_login(const std::vector<KafkaUser>& users) {
  std::string text = "org.apache.kafka.common.security.plain.PlainLoginModule required";
  for (const auto& user : users) text += " user_" + user.name + "=\"" + user.password + "\"";
  return text + ";\n";
}

std::string scram_users(const std::vector<KafkaUser>& users) {
  std::string words;
  for (const auto& user : users)
    for (const auto* mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"})
      words += std::string(" --add-scram '") + mechanism + "=[name=" + user.name + ",password=" + user.password + "]'";
  return words;
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

KafkaServer::KafkaServer(KafkaServerOptions options)
    : options_(std::move(options)), ssl_ports_(1 + options_.also_shown.size()) {
  const std::filesystem::path jars = DUCTAPE_KAFKA_DIR "/" + options_.version;
  if (!std::filesystem::exists(jars))
    throw std::runtime_error("no Kafka in " + jars.string() + "; tools/kafka-server fetches it");
  const auto& directory = process_.directory();
  std::ofstream(directory / "log4j.properties") << log_configuration;
  std::ofstream(directory / "server.properties") << properties();
  std::ofstream(directory / "start") << "jars='" << jars.string() << "'\n" << script();
  if (options_.tls) {
    write_key_store(0, options_.tls->certificate);
    for (std::size_t which = 1; which < ssl_ports_.size(); ++which)
      write_key_store(which, options_.also_shown[which - 1]);
  }
  // Its port is open long before it serves.
  process_.set_command(
      {"sh", "start"}, [this] { return kcat("-L -m 1").find("broker 1 at") != std::string::npos; }, patience);
  process_.start();
}

void KafkaServer::write_key_store(std::size_t which, const Certificate& shown) const {
  std::ofstream(process_.directory() / (std::to_string(which) + ".pem"))
      << contents(shown.key) << contents(shown.certificate) << contents(options_.tls->authority);
}

std::string KafkaServer::properties() const {
  std::string text = single_node;
  std::string listeners, advertised, protocols;
  const auto listen = [&](const std::string& name, const std::string& protocol, std::uint16_t port, std::uint16_t at) {
    const char* const comma = listeners.empty() ? "" : ",";
    listeners += comma + name + "://127.0.0.1:" + std::to_string(port);
    protocols += comma + name + ":" + protocol;
    if (name != "CONTROLLER") advertised += comma + name + "://127.0.0.1:" + std::to_string(at);
  };
  listen("INNER", "PLAINTEXT", inner_port(), inner_port());
  listen("PLAINTEXT", "PLAINTEXT", port(), options_.advertised_port != 0 ? options_.advertised_port : port());
  listen("CONTROLLER", "PLAINTEXT", controller_port_.number(), 0);
  if (options_.tls) {
    text += "ssl.keystore.type=PEM\nssl.keystore.location=0.pem\nssl.truststore.type=PEM\n";
    text += "ssl.truststore.location=" + options_.tls->authority.string() + "\n";
    for (std::size_t which = 0; which < ssl_ports_.size(); ++which) {
      const auto name = "SSL" + std::to_string(which), prefix = "listener.name.ssl" + std::to_string(which);
      listen(name, "SSL", ssl_port(which), ssl_port(which));
      text += prefix + ".ssl.keystore.location=" + std::to_string(which) + ".pem\n";
      if (options_.tls->client_certificate_required) text += prefix + ".ssl.client.auth=required\n";
    }
  }
  const auto log_in = [&](const std::string& name, const std::string& prefix, std::uint16_t port) {
    listen(name, name, port, port);
    text += prefix + "plain.sasl.jaas.config=" + plain_login(options_.users);
    for (const auto* mechanism : {"scram-sha-256", "scram-sha-512"})
      text +=
          prefix + mechanism + ".sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;\n";
  };
  if (!options_.users.empty()) {
    text += "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512\n";
    log_in("SASL_PLAINTEXT", "listener.name.sasl_plaintext.", sasl_port());
    if (options_.tls) log_in("SASL_SSL", "listener.name.sasl_ssl.", sasl_ssl_port());
  }
  if (!std::ranges::all_of(options_.users, &KafkaUser::allowed)) {
    text += "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n";
    text += "super.users=User:ANONYMOUS";
    for (const auto& user : options_.users)
      if (user.allowed) text += ";User:" + user.name;
    text += "\n";
  }
  text += "controller.quorum.voters=1@127.0.0.1:" + controller_port_.text() + "\nlog.dirs=data\n";
  text += "listeners=" + listeners + "\nadvertised.listeners=" + advertised + "\n";
  text += "listener.security.protocol.map=" + protocols + "\n";
  return text + options_.properties;
}

std::string KafkaServer::script() const {
  // What the first compiler makes is fast enough; nothing may stay in the system's temporary directory.
  return R"(flags='-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Djava.io.tmpdir=.'
broker() {
  exec java -Xmx256m "-XX:SharedArchiveFile=$jars.jsa" $flags -Dlog4j.configuration=file:log4j.properties -cp "$jars/*" "$@"
}
[ -e data/meta.properties ] || (broker kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qg -c server.properties)" +
         scram_users(options_.users) + R"() || exit 1
broker kafka.Kafka server.properties
)";
}

std::string KafkaServer::kcat(const std::string& arguments, const std::string& input) const {
  const auto file = process_.directory() / "kcat-input";
  std::ofstream(file) << input;
  const auto command =
      "timeout -s KILL 20 kcat -b 127.0.0.1:" + inner_port_.text() + " " + arguments + " 2>&1 < " + file.string();
  std::FILE* const output = popen(command.c_str(), "r");
  if (output == nullptr) throw std::runtime_error("no shell for kcat");
  std::string said;
  for (int c; (c = std::fgetc(output)) != EOF;) said += static_cast<char>(c);
  pclose(output);
  return said;
}

}  // namespace ductape::inline v0::support
