// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <ductape/registry.hpp>

#include "src/registry/registry_core.h"

namespace ductape::inline v0 {
namespace {

namespace fs = std::filesystem;

struct Secrets : testing::Test {
  const fs::path directory = [] {
    auto pattern = (fs::temp_directory_path() / "ductape-secrets-XXXXXX").string();
    return fs::path(mkdtemp(pattern.data()));
  }();
  Registry registry = open();

  void SetUp() override { (void)registry.create(Product{.tag = "shop"}).value(); }
  void TearDown() override {
    unsetenv("DUCTAPE_SECRET_KEY");
    fs::remove_all(directory);
  }
  [[nodiscard]] Registry open() const { return Registry::open("sqlite:" + directory.string()).value(); }
  [[nodiscard]] fs::path key_file() const { return directory / "secret.key"; }

  Result<Broker> broker(const std::string& config, const std::string& tag = "orders") {
    return registry.create(Broker{.product = "shop", .tag = tag, .envs = {{"prd", "RABBITMQ", config}}});
  }
  Result<driver::Config> settings(const char* tag = "orders") {
    const auto found = registry.broker("shop", tag).value();
    return registry.core()->settings({.broker = found, .env = found.envs[0], .topic = {}});
  }
  std::string listed() {
    std::string out;
    for (const auto& secret : registry.secrets("shop").value()) {
      out += secret.name;
      for (const auto& user : secret.used_by) out += "<" + user + ">";
      out += ";";
    }
    return out;
  }
  [[nodiscard]] bool on_disk(const std::string& text) const {
    for (const auto& entry : fs::directory_iterator(directory)) {
      std::ifstream file(entry.path(), std::ios::binary);
      if (std::string{std::istreambuf_iterator<char>(file), {}}.find(text) != std::string::npos) return true;
    }
    return false;
  }
};

constexpr auto with_password = R"({"host": "h", "password": "hunter2"})";

template <class T>
std::string failure(const Result<T>& result) {
  return result ? "ok" : std::string(result.error().name()) + " " + result.error().message;
}

TEST_F(Secrets, AConfigNamesOneAndIsReadWithItsValue) {
  (void)registry.set_secret("shop", "PW", Secret("hunter2")).value();
  const auto made = broker(R"({"host": "h", "password": "$Secret{PW}"})").value();
  EXPECT_EQ(made.envs[0].config, R"({"host":"h","password":"$Secret{PW}"})");
  EXPECT_EQ(settings().value().at("password"), "hunter2");
  EXPECT_EQ(listed(), "PW<broker orders in prd>;");
  EXPECT_FALSE(on_disk("hunter2"));
  (void)registry.set_secret("shop", "PW", Secret("changed")).value();
  EXPECT_EQ(settings().value().at("password"), "changed");
}

TEST_F(Secrets, ACredentialInClearIsSealedAndGoesWithItsBroker) {
  const auto made = broker(with_password).value();
  EXPECT_EQ(made.envs[0].config, R"({"host":"h","password":"$Secret{orders_prd_password}"})");
  EXPECT_EQ(listed(), "orders_prd_password<broker orders in prd>;");
  EXPECT_EQ(settings().value().at("password"), "hunter2");
  EXPECT_FALSE(on_disk("hunter2"));
  (void)registry.set_secret("shop", "OTHER", Secret("x")).value();
  registry.remove_broker("shop", "orders").value();
  EXPECT_EQ(listed(), "OTHER;") << "what somebody set himself stays";
}

TEST_F(Secrets, OneThatNoConfigNamesAnyMoreGoesUnlessSomebodySetIt) {
  (void)broker(with_password).value();
  (void)registry.update_broker("shop", "orders", R"({"envs": [{"slug": "prd", "config": {"host": "h"}}]})").value();
  EXPECT_EQ(listed(), "");
}

TEST_F(Secrets, AUrlKeepsItsShape) {
  const auto nats = [&](const std::string& config, const char* tag) {
    return registry.create(Broker{.product = "shop", .tag = tag, .envs = {{"prd", "NATS", config}}});
  };
  EXPECT_EQ(nats(R"({"servers": ["nats://shop:p%40ss@h:4222"]})", "orders").value().envs[0].config,
            R"({"servers":["nats://shop:$Secret{orders_prd_servers}@h:4222"]})");
  EXPECT_EQ(settings().value().at("servers"), "nats://shop:p%40ss@h:4222");
  EXPECT_EQ(failure(nats(R"({"servers": ["nats://shop:p/ss@h"]})", "other")),
            "INVALID_ARGUMENT /envs/0/config/servers: there is an @ behind the host of the URL");
}

TEST_F(Secrets, AFieldThatIsACredentialIsSealedWhole) {
  EXPECT_EQ(broker(R"({"url": "amqp://shop:pw@h/v"})").value().envs[0].config, R"({"url":"$Secret{orders_prd_url}"})");
  EXPECT_EQ(settings().value().at("url"), "amqp://shop:pw@h/v");
}

TEST_F(Secrets, WhatIsMissingIsNamed) {
  (void)registry.set_secret("shop", "RABBIT", Secret("x")).value();
  EXPECT_EQ(failure(broker(R"({"password": "$Secret{RABIT}"})")),
            R"(NOT_FOUND /envs/0/config: the product "shop" has no secret "RABIT"; did you mean "RABBIT"?)");
  (void)broker(R"({"password": "${DUCTAPE_TEST_UNSET}"})").value();
  EXPECT_EQ(failure(settings()),
            "NOT_FOUND broker orders in prd: password: there is no variable DUCTAPE_TEST_UNSET in the environment of "
            "this process");
  EXPECT_EQ(failure(registry.remove_secret("shop", "PW")), R"(NOT_FOUND the product "shop" has no secret "PW")");
}

TEST_F(Secrets, OneInUseIsNotRemoved) {
  (void)broker(with_password).value();
  EXPECT_EQ(failure(registry.remove_secret("shop", "orders_prd_password")),
            R"(CONFLICT the secret "orders_prd_password" is used by broker orders in prd)");
  (void)registry.set_secret("shop", "PW", Secret("x")).value();
  registry.remove_secret("shop", "PW").value();
  registry.remove_broker("shop", "orders").value();
  (void)registry.set_secret("shop", "PW", Secret("x")).value();
  EXPECT_EQ(failure(registry.remove_product("shop")), R"(CONFLICT the product "shop" still has secrets: PW)");
}

TEST_F(Secrets, BadOnesAreRefused) {
  const auto set = [&](const char* name, const std::string& value) {
    return failure(registry.set_secret("shop", name, Secret(value)));
  };
  EXPECT_EQ(set("a b", "x"), R"(INVALID_ARGUMENT secret name "a b" is not allowed)");
  EXPECT_EQ(set("PW", ""), R"(INVALID_ARGUMENT the value of the secret "PW" is empty)");
  EXPECT_NE(set("PW", "\xff").find("UTF-8"), std::string::npos);
  EXPECT_EQ(set("PW", std::string(70'000, 'x')),
            R"(MESSAGE_TOO_LARGE the value of the secret "PW" has 70000 bytes; at most 64KiB are allowed)");
  EXPECT_EQ(failure(registry.set_secret("other", "PW", Secret("x"))),
            R"(PRODUCT_NOT_FOUND there is no product "other")");
  EXPECT_EQ(listed(), "");
}

TEST_F(Secrets, TheKeyIsAFileOfTheOwner) {
  EXPECT_FALSE(fs::exists(key_file())) << "made when first needed";
  (void)registry.set_secret("shop", "PW", Secret("hunter2")).value();
  EXPECT_EQ(fs::status(key_file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  fs::permissions(key_file(), fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(failure(registry.set_secret("shop", "PW", Secret("x"))).substr(0, 14), "STORE_UNUSABLE");
}

TEST_F(Secrets, WithoutTheirKeyNothingIsSealedBesideThem) {
  (void)registry.set_secret("shop", "PW", Secret("hunter2")).value();
  (void)broker(R"({"password": "$Secret{PW}"})").value();
  const auto text = [&] {
    std::ifstream file(key_file());
    return std::string{std::istreambuf_iterator<char>(file), {}};
  }();
  fs::remove(key_file());
  auto again = open();
  EXPECT_EQ(
      failure(again.set_secret("shop", "NEW", Secret("x"))),
      "STORE_UNUSABLE the secret \"PW\" of the product \"shop\" cannot be opened: there is no " + key_file().string());
  EXPECT_EQ(failure(settings()).substr(0, 14), "STORE_UNUSABLE");
  EXPECT_FALSE(fs::exists(key_file())) << "a new key would only hide that";
  setenv("DUCTAPE_SECRET_KEY", std::string(64, 'a').c_str(), 1);
  EXPECT_EQ(failure(settings()),
            "STORE_UNUSABLE broker orders in prd: password: the secret \"PW\" of the product \"shop\" was sealed with "
            "another key than that of DUCTAPE_SECRET_KEY");
  setenv("DUCTAPE_SECRET_KEY", text.c_str(), 1);
  EXPECT_EQ(settings().value().at("password"), "hunter2");
  setenv("DUCTAPE_SECRET_KEY", "short", 1);
  EXPECT_EQ(failure(settings()), "STORE_UNUSABLE broker orders in prd: password: DUCTAPE_SECRET_KEY holds no key");
}

TEST_F(Secrets, AFileSealsAndIsUnchangedTheSecondTime) {
  const std::string file =
      R"({"product": "shop", "brokers": [{"tag": "orders", "envs": [{"slug": "prd", "type": "REDIS",
          "config": {"host": "h", "password": "hunter2"}}]}]})";
  const auto changes = [&](const std::string& text, bool dry_run) {
    std::string out;
    for (const auto& change : registry.apply(text, {.dry_run = dry_run}).value().changes)
      out += "+~-="[static_cast<int>(change.kind)] + change.object + ";";
    return out;
  };
  EXPECT_EQ(changes(file, true), "=product shop;+broker orders;+secret orders_prd_password;");
  EXPECT_FALSE(fs::exists(key_file())) << "a dry run stores nothing";
  EXPECT_EQ(changes(file, false), "=product shop;+broker orders;+secret orders_prd_password;");
  EXPECT_EQ(changes(file, false), "=product shop;=broker orders;");
  const auto exported = registry.export_product("shop").value();
  EXPECT_EQ(exported.find("hunter2"), std::string::npos);
  EXPECT_EQ(changes(exported, false), "=product shop;=broker orders;");
  auto rotated = file;
  rotated.replace(rotated.find("hunter2"), 7, "rotated");
  EXPECT_EQ(changes(rotated, false), "=product shop;=broker orders;~secret orders_prd_password;");
  EXPECT_EQ(settings().value().at("password"), "rotated");
  EXPECT_FALSE(on_disk("hunter2"));
}

TEST_F(Secrets, AnotherProcessSeesTheNewValue) {
  (void)registry.set_secret("shop", "PW", Secret("one")).value();
  (void)broker(R"({"password": "$Secret{PW}"})").value();
  auto other = open();
  (void)other.set_secret("shop", "PW", Secret("two")).value();
  registry.core()->poll();
  EXPECT_EQ(settings().value().at("password"), "two");
}

TEST_F(Secrets, AStoreInMemorySealsToo) {
  auto memory = Registry::open("memory:").value();
  (void)memory.create(Product{.tag = "shop"}).value();
  const auto made =
      memory.create(Broker{.product = "shop", .tag = "o", .envs = {{"prd", "REDIS", with_password}}}).value();
  EXPECT_EQ(made.envs[0].config, R"({"host":"h","password":"$Secret{o_prd_password}"})");
  EXPECT_EQ(memory.core()->settings({.broker = made, .env = made.envs[0], .topic = {}}).value().at("password"),
            "hunter2");
}

}  // namespace
}  // namespace ductape::inline v0
