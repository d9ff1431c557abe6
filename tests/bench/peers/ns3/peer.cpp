// PHOLD in ns-3: each event is a Simulator::Schedule() of a member function. The scheduler is the
// one with a std::priority_queue, the fastest that ns-3 has for this; its default is a std::map.

#include <ns3/nstime.h>
#include <ns3/object-factory.h>
#include <ns3/simulator.h>

#include <vector>

#include "common/draws.h"
#include "common/report.h"

namespace {

class Phold {
 public:
  Phold(uint32_t pending, int64_t slice_events) : rate_(slice_events) {
    for (uint32_t process = 0; process < peers::kProcesses; ++process) draws_.emplace_back(process);
    for (uint32_t job = 0; job < pending; ++job) {
      const uint32_t process = job % peers::kProcesses;
      schedule(draws_[process].delay_ns(), process);
    }
  }

  std::vector<double> run() {
    rate_.start();
    ns3::Simulator::Run();
    return rate_.samples();
  }

 private:
  void schedule(int64_t delay_ns, uint32_t process) {
    ns3::Simulator::Schedule(ns3::NanoSeconds(delay_ns), &Phold::arrive, this, process);
  }
  void arrive(uint32_t process) {
    peers::Draws& own = draws_[process];
    const int64_t delay_ns = own.delay_ns();
    schedule(delay_ns, own.process());
    if (!rate_.event()) ns3::Simulator::Stop();
  }

  std::vector<peers::Draws> draws_;
  peers::EventRate rate_;
};

void phold(std::string_view name, uint32_t pending, int64_t slice_events) {
  ns3::ObjectFactory scheduler("ns3::PriorityQueueScheduler");
  ns3::Simulator::SetScheduler(scheduler);
  Phold model(pending, slice_events);
  const std::vector<double> samples = model.run();
  const int64_t now_ns = ns3::Simulator::Now().GetNanoSeconds();
  ns3::Simulator::Destroy();
  peers::report(name, "M/s", samples, {{"virtual_ns", now_ns}});
}

constexpr peers::Workload kWorkloads[] = {
    {"phold-16k",
     [](auto name) { phold(name, peers::kProcesses * peers::kJobsPerProcess, 3'200'000); }},
    {"phold-1m", [](auto name) { phold(name, 1'000'000, 1'000'000); }},
};

}  // namespace

int main(int argc, char** argv) {
  return peers::run_named(kWorkloads, argc, argv);
}
