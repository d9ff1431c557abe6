// tests/k8s/quantity_test.cpp: amounts of resources, against what kubectl 1.33 makes of them.

#include "sim/k8s/api/quantity.h"

#include <catch_amalgamated.hpp>
#include <string>
#include <string_view>

#include "tests/support/in_world.h"

using namespace sim::k8s;

namespace {

std::string canonical(std::string_view text) {
  const std::optional<Quantity> quantity = Quantity::parse(text);
  return quantity ? quantity->text() : "none";
}

Quantity of(std::string_view text) {
  return Quantity::parse(text).value();
}

struct Pair {
  std::string_view text;
  std::string_view is;
};

}  // namespace

TEST_CASE("A quantity is stored in its canonical form") {
  const support::InWorld world;
  constexpr Pair kPairs[] = {
      {"0", "0"},
      {"00", "0"},
      {"0.5", "500m"},
      {"-0.5", "-500m"},
      {"1024Mi", "1Gi"},
      {"1.5Gi", "1536Mi"},
      {"-1.5Gi", "-1536Mi"},
      {"300.5Mi", "307712Ki"},
      {"2048Ki", "2Mi"},
      {"1500Mi", "1500Mi"},
      {"1.25Gi", "1280Mi"},
      {"1e3", "1e3"},
      {"12e4", "120e3"},
      {"12345", "12345"},
      {"1000", "1k"},
      {"100000m", "100"},
      {"1000m", "1"},
      {"1500m", "1500m"},
      {"1000k", "1M"},
      {"1.0", "1"},
      {"300.0", "300"},
      {"1000n", "1u"},
      {"0.001", "1m"},
      {"1023", "1023"},
      {"0.5Ki", "512"},
      {"1048576", "1048576"},
      {"1e-3", "1e-3"},
      {"0.0009765625Ki", "1"},
  };
  for (const Pair& pair : kPairs) {
    CHECK(stored_quantity(pair.text) == pair.is);
  }
}

TEST_CASE("Text that looks canonical is stored as it came") {
  const support::InWorld world;
  for (const std::string_view text :
       {"1.123", "1.500", "+5", "007", "1E3", "100.Mi", "1E", "3E6", "100E", "1e30"}) {
    CHECK(stored_quantity(text) == text);
  }
  CHECK(canonical("1.123") == "1123m");
  CHECK(canonical("+5") == "5");
}

TEST_CASE("What is less than a billionth is rounded away from zero") {
  const support::InWorld world;
  CHECK(canonical("0.1n") == "1n");
  CHECK(canonical("-0.1n") == "-1n");
  CHECK(canonical("1.23456789012") == "1234567891n");
  CHECK(canonical("1e-10") == "1e-9");
  CHECK(canonical("1.00000000000000000000001") == "1000000001n");
}

TEST_CASE("A binary amount that is not whole is written as a decimal one") {
  const support::InWorld world;
  CHECK(canonical("1.0001Ki") == "1024102400u");
  CHECK(canonical("0.1Ki") == "102400m");
}

TEST_CASE("Binary amounts are cut down to 2^63 - 1, decimal ones are not") {
  const support::InWorld world;
  for (const std::string_view text : {"8Ei", "9.9Ei", "10Ei", "99999999999999999999Ki"}) {
    CHECK(canonical(text) == "9223372036854775807");
  }
  CHECK(canonical("-9Ei") == "-9223372036854775807");
  CHECK(canonical("7.5Ei") == "7680Pi");
  CHECK(canonical("9223372036854775808") == "9223372036854775808");
  CHECK(canonical("99999999999999999999") == "99999999999999999999");
  CHECK(of("100E").value() == INT64_MAX);
}

TEST_CASE("What is no quantity is refused in Kubernetes' words") {
  const support::InWorld world;
  for (const std::string_view text : {"", "abc", "1x", "1.2.3", " 5", "5 ", "1,5", "1e3e"}) {
    CHECK(quantity_error(text) == kQuantityPattern);
    CHECK_FALSE(Quantity::parse(text));
  }
  for (const std::string_view text : {"1K", "1kk", "1i", "1e", "1m5", "1-", "1+2", "--1"}) {
    CHECK(quantity_error(text) == "unable to parse quantity's suffix");
  }
  CHECK(kQuantityPattern ==
        "quantities must match the regular expression "
        "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

TEST_CASE("No digits at all are zero, as in Kubernetes' scanner") {
  const support::InWorld world;
  for (const std::string_view text : {".", "-", "Mi", "-0", "0m"}) {
    CHECK(quantity_error(text).empty());
    CHECK(stored_quantity(text) == "0");
  }
}

TEST_CASE("Whole units and thousandths are rounded up") {
  const support::InWorld world;
  CHECK(of("100m").milli() == 100);
  CHECK(of("100m").value() == 1);
  CHECK(of("1.5").value() == 2);
  CHECK(of("-1.5").value() == -1);
  CHECK(of("0.1m").milli() == 1);
  CHECK(of("1Gi").value() == int64_t{1} << 30);
  CHECK(of("2k").milli() == 2'000'000);
}

TEST_CASE("Quantities compare by amount and add up in the form of the first that is not zero") {
  const support::InWorld world;
  CHECK(of("1Gi") == of("1024Mi"));
  CHECK(of("1") == of("1000m"));
  CHECK(of("100m") < of("0.2"));
  CHECK((of("1Gi") + of("512Mi")).text() == "1536Mi");
  CHECK((of("500m") + of("500m")).text() == "1");
  CHECK((Quantity() + of("64Mi")).text() == "64Mi");
  CHECK((of("1") - of("1500m")).text() == "-500m");
  CHECK((of("1Gi") - of("1Gi")).is_zero());
}

TEST_CASE("A quantity is read from numbers as well as text") {
  const support::InWorld world;
  CHECK(Quantity::from(2).text() == "2");
  CHECK(Quantity::from(sim::json::Value(0.5)).text() == "500m");
  CHECK(Quantity::from("64Mi").text() == "64Mi");
  CHECK(Quantity::from({}).is_zero());
  CHECK(Quantity::from("many").is_zero());
  CHECK(Quantity::of_milli(1500).text() == "1500m");
  CHECK(Quantity::of(2048, Quantity::Format::kBinary).text() == "2Ki");
}
