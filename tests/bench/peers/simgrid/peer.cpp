// Actors of SimGrid (s4u) on one host: PHOLD with an actor for each process, and actors that only
// sleep.
//
// SimGrid has no timer that calls back, so each job on the move has an actor too, which sleeps for
// the delay and delivers the job. A mailbox is a queue under a semaphore: SimGrid's own mailboxes
// simulate a network transfer for each job, and an actor for each delivery costs more still.

#include <deque>
#include <simgrid/s4u.hpp>
#include <vector>

#include "common/draws.h"
#include "common/report.h"

namespace {

namespace s4u = simgrid::s4u;

s4u::Host* make_host() {
  s4u::Engine::set_config("contexts/stack-size:64");
  s4u::NetZone* zone = s4u::create_full_zone("world");
  s4u::Host* host = zone->create_host("host", "1Gf");
  zone->seal();
  return host;
}

double delay_s(peers::Draws& draws) {
  return static_cast<double>(draws.delay_ns()) * 1e-9;
}

struct Job {
  double delay_s = 0;
  uint32_t destination = 0;
  s4u::SemaphorePtr sent = s4u::Semaphore::create(0);
};

struct Mailbox {
  Job* receive() {
    filled->acquire();
    Job* job = jobs.front();
    jobs.pop_front();
    return job;
  }
  void deliver(Job* job) {
    jobs.push_back(job);
    filled->release();
  }
  std::deque<Job*> jobs;
  s4u::SemaphorePtr filled = s4u::Semaphore::create(0);
};

struct Phold {
  void start(s4u::Host* host) {
    for (uint32_t i = 0; i < peers::kProcesses; ++i) {
      draws.emplace_back(i);
      s4u::Actor::create("process", host, [this, i] { process(i); });
    }
    for (uint32_t i = 0; i < jobs.size(); ++i) {
      const uint32_t own = i % peers::kProcesses;
      send(jobs[i], delay_s(draws[own]), own);
      s4u::Actor::create("job", host, [this, i] { travel(jobs[i]); });
    }
    rate.start();
  }

  void send(Job& job, double delay_s, uint32_t destination) {
    job.delay_s = delay_s;
    job.destination = destination;
    job.sent->release();
  }
  void travel(Job& job) {
    for (;;) {
      job.sent->acquire();
      s4u::this_actor::sleep_for(job.delay_s);
      mailboxes[job.destination].deliver(&job);
    }
  }
  void process(uint32_t own) {
    do {
      Job* job = mailboxes[own].receive();
      const double delay = delay_s(draws[own]);
      send(*job, delay, draws[own].process());
    } while (rate.event());
    s4u::Actor::kill_all();
  }

  std::vector<peers::Draws> draws;
  std::vector<Mailbox> mailboxes = std::vector<Mailbox>(peers::kProcesses);
  std::vector<Job> jobs = std::vector<Job>(peers::kProcesses * peers::kJobsPerProcess);
  peers::EventRate rate{60'000};
};

void phold_goroutines(std::string_view name) {
  s4u::Engine engine("peer");
  Phold model;
  model.start(make_host());
  engine.run();
  peers::report(name, "M/s", model.rate.samples());
}

void sleepers(std::string_view name) {
  s4u::Engine engine("peer");
  s4u::Host* host = make_host();
  peers::EventRate rate(300'000);
  for (uint32_t i = 0; i < peers::kProcesses; ++i) {
    s4u::Actor::create("sleeper", host, [&rate, draws = peers::Draws(i)]() mutable {
      do {
        s4u::this_actor::sleep_for(delay_s(draws));
      } while (rate.event());
      s4u::Actor::kill_all();
    });
  }
  rate.start();
  engine.run();
  peers::report(name, "M/s", rate.samples());
}

constexpr peers::Workload kWorkloads[] = {
    {"phold-goroutines", phold_goroutines},
    {"sleepers", sleepers},
};

}  // namespace

int main(int argc, char** argv) {
  return peers::run_named(kWorkloads, argc, argv);
}
