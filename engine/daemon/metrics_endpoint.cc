#include "engine/daemon/metrics_endpoint.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>

#include "engine/api/slow_requests.h"

namespace casewheel::daemon {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(const char* name, const char* help, MetricType type) {
  MetricFamily out;
  out.name = name;
  out.help = help;
  out.type = type;
  return out;
}

ClientMetric labelled(const char* label, std::string value) {
  ClientMetric metric;
  ClientMetric::Label l;
  l.name = label;
  l.value = std::move(value);
  metric.label.push_back(std::move(l));
  return metric;
}

ClientMetric::Histogram histogram(const LatencyHistogram& source) {
  ClientMetric::Histogram out;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < LatencyHistogram::kBoundsMs.size(); ++i) {
    cumulative += source.count_in(i);
    ClientMetric::Bucket bucket;
    bucket.cumulative_count = cumulative;
    bucket.upper_bound = LatencyHistogram::kBoundsMs[i] / 1000;
    out.bucket.push_back(bucket);
  }
  out.sample_count = cumulative + source.count_in(LatencyHistogram::kBoundsMs.size());
  out.sample_sum = source.sum_ms() / 1000;
  return out;
}

}  // namespace

class MetricsEndpoint::Source {
 public:
  Source(api::Services services, const Doors& doors, const doors::Certificates* certificates)
      : services_(services), http_(doors.http), grpc_(doors.grpc), certificates_(certificates) {}

  std::vector<MetricFamily> collect() const {
    std::vector<MetricFamily> out;
    const auto each = [&](const char* name, const char* help, MetricType type,
                          const auto& value_of) {
      MetricFamily f = family(name, help, type);
      for (PartitionId id = 0; id < services_.engine.partitions(); ++id) {
        ClientMetric metric = labelled("partition", std::to_string(id));
        const auto value = static_cast<double>(value_of(services_.engine.metrics(id)));
        (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
        f.metric.push_back(std::move(metric));
      }
      out.push_back(std::move(f));
    };
    using M = PartitionMetrics;
    each("casewheel_commits_total", "Batches made durable", MetricType::Counter,
         [](const M& m) { return m.commits.load(); });
    each("casewheel_events_total", "Events journaled", MetricType::Counter,
         [](const M& m) { return m.events.load(); });
    each("casewheel_batch_requests_total", "Requests served in committed batches",
         MetricType::Counter, [](const M& m) { return m.batch_requests.load(); });
    each("casewheel_rejected_total", "Requests the rules refused", MetricType::Counter,
         [](const M& m) { return m.rejected.load(); });
    each("casewheel_overloaded_total", "Requests refused because a queue was full",
         MetricType::Counter, [](const M& m) { return m.overloaded.load(); });
    each("casewheel_journal_bytes_total", "Bytes of journal entries, before compression",
         MetricType::Counter, [](const M& m) { return m.journal_bytes.load(); });
    each("casewheel_row_bytes_total", "Bytes of other rows, before compression",
         MetricType::Counter, [](const M& m) { return m.row_bytes.load(); });
    each("casewheel_queue_people", "Requests of people at work that wait", MetricType::Gauge,
         [](const M& m) { return m.queue_people.load(); });
    each("casewheel_queue_bulk", "Requests of bulk intake that wait", MetricType::Gauge,
         [](const M& m) { return m.queue_bulk.load(); });
    each("casewheel_armed_timers", "Open cases that wait for an instant", MetricType::Gauge,
         [](const M& m) { return m.armed.load(); });
    each("casewheel_unreadable_cases",
         "Due cases that are set aside because their rows cannot be read; alarm on this",
         MetricType::Gauge, [](const M& m) { return m.unreadable_cases.load(); });
    each("casewheel_sweep_moved_total", "Cases laid anew under changed calendars or policies",
         MetricType::Counter, [](const M& m) { return m.sweep_moved.load(); });
    const std::uint64_t edition = services_.engine.catalogue().get()->rules_edition();
    each("casewheel_sweeping", "1 while a changed calendar or policy is carried to open cases",
         MetricType::Gauge, [edition](const M& m) { return m.rules_edition < edition ? 1 : 0; });
    each("casewheel_disk_full", "1 while free space is below the reserve and no work is taken",
         MetricType::Gauge, [](const M& m) { return m.disk_full.load(); });
    const TimeMs now = services_.engine.clock().read().now;
    each("casewheel_oldest_unfired_deadline_seconds",
         "How late the oldest deadline is that has not fired; alarm on this", MetricType::Gauge,
         [now](const M& m) {
           const TimeMs oldest = m.oldest_unfired_ms;
           return oldest == 0 ? 0.0
                              : static_cast<double>(std::max<DurationMs>(0, now - oldest)) / 1000;
         });
    histograms(&out);
    whole(&out);
    return out;
  }

 private:
  void histograms(std::vector<MetricFamily>* out) const {
    MetricFamily commit =
        family("casewheel_commit_seconds", "Time the store took for one durable batch",
               MetricType::Histogram);
    MetricFamily lateness = family("casewheel_firing_lateness_seconds",
                                   "Fired minus due of steps and breaches", MetricType::Histogram);
    for (PartitionId id = 0; id < services_.engine.partitions(); ++id) {
      ClientMetric metric = labelled("partition", std::to_string(id));
      metric.histogram = histogram(services_.engine.metrics(id).commit_ms);
      commit.metric.push_back(metric);
      metric.histogram = histogram(services_.engine.metrics(id).lateness_ms);
      lateness.metric.push_back(std::move(metric));
    }
    out->push_back(std::move(commit));
    out->push_back(std::move(lateness));
  }

  void whole(std::vector<MetricFamily>* out) const {
    const auto gauge = [&](const char* name, const char* help, double value) {
      MetricFamily f = family(name, help, MetricType::Gauge);
      ClientMetric metric;
      metric.gauge.value = value;
      f.metric.push_back(std::move(metric));
      out->push_back(std::move(f));
    };
    gauge("casewheel_open_cases", "Open cases on the board",
          static_cast<double>(services_.board.open_cases()));
    gauge("casewheel_unclocked_cases",
          "Open cases of which no clock runs or is paused: somebody must say what is owed",
          static_cast<double>(services_.board.unclocked_cases()));
    gauge("casewheel_damaged_files",
          "Table files in which damage was met since the start; alarm on this",
          static_cast<double>(services_.engine.store().damaged_files().size()));
    gauge("casewheel_derived_clock_rows",
          "Clock rows that were damaged and taken from their cases since the start",
          static_cast<double>(services_.engine.damage().derived_clock_rows.load()));
    MetricFamily passed = family("casewheel_unreadable_rows_total",
                                 "Damaged rows, and stretches of them, that answers passed over",
                                 MetricType::Counter);
    ClientMetric passed_over;
    passed_over.counter.value = static_cast<double>(services_.engine.damage().passed_over.load());
    passed.metric.push_back(std::move(passed_over));
    out->push_back(std::move(passed));
    gauge("casewheel_watchers", "Open watches of the board",
          static_cast<double>(services_.board.watches()));
    gauge("casewheel_clock_frozen", "1 while a jump of the machine's clock holds firing",
          services_.engine.clock().read().frozen ? 1 : 0);
    if (certificates_ != nullptr) {
      gauge("casewheel_certificate_expires_seconds",
            "When the certificate of the listeners expires, in Unix time; alarm before it does",
            static_cast<double>(certificates_->current()->valid_to) / 1000);
    }
    gauge("casewheel_grpc_connections", "Open connections of gRPC",
          static_cast<double>(grpc_.connections.load()));
    gauge("casewheel_resident_bytes", "Memory of the process",
          static_cast<double>(grpc_.resident_bytes.load()));
    gauge("casewheel_memory_bound_bytes",
          "Memory of the process above which the connections of gRPC are cut",
          static_cast<double>(grpc_.memory_bound_bytes.load()));
    MetricFamily cut =
        family("casewheel_grpc_connections_cut_total",
               "Connections of gRPC cut or refused; alarm on reason memory", MetricType::Counter);
    for (std::size_t reason = 0; reason < grpc_.cut.size(); ++reason) {
      ClientMetric metric =
          labelled("reason", doors::name_of(static_cast<doors::CutReason>(reason)));
      metric.counter.value = static_cast<double>(grpc_.cut[reason].load());
      cut.metric.push_back(std::move(metric));
    }
    out->push_back(std::move(cut));
    gauge("casewheel_disk_free_bytes", "Bytes free to the store",
          static_cast<double>(services_.engine.store().free_bytes()));
    if (services_.refusals != nullptr) {
      MetricFamily refused =
          family("casewheel_refused_calls_total", "Calls refused at the door", MetricType::Counter);
      for (const auto& [reason, counter] :
           {std::pair{"unauthenticated", &services_.refusals->unauthenticated},
            std::pair{"denied", &services_.refusals->denied},
            std::pair{"rate", &services_.refusals->rate}}) {
        ClientMetric metric = labelled("reason", reason);
        metric.counter.value = static_cast<double>(counter->load());
        refused.metric.push_back(std::move(metric));
      }
      out->push_back(std::move(refused));
    }
    if (services_.slow != nullptr) {
      MetricFamily slow =
          family("casewheel_slow_requests_total",
                 "Requests that took longer than --slow-request-ms", MetricType::Counter);
      ClientMetric metric;
      metric.counter.value = static_cast<double>(services_.slow->count().load());
      slow.metric.push_back(std::move(metric));
      out->push_back(std::move(slow));
    }
    MetricFamily http =
        family("casewheel_http_requests_total", "Requests answered over HTTP, by Connect's code",
               MetricType::Counter);
    for (std::size_t code = 0; code < http_.by_code.size(); ++code) {
      ClientMetric metric = labelled("code", doors::connect_code(static_cast<int>(code)));
      metric.counter.value = static_cast<double>(http_.by_code[code].load());
      http.metric.push_back(std::move(metric));
    }
    out->push_back(std::move(http));
    MetricFamily store = family("casewheel_store", "RocksDB's own figures", MetricType::Gauge);
    for (const auto& [name, value] : services_.engine.store().health()) {
      ClientMetric metric = labelled("figure", name);
      metric.gauge.value = static_cast<double>(value);
      store.metric.push_back(std::move(metric));
    }
    out->push_back(std::move(store));
  }

  api::Services services_;
  const doors::HttpMetrics& http_;
  const doors::GrpcMetrics& grpc_;
  const doors::Certificates* certificates_;
};

MetricsEndpoint::MetricsEndpoint(api::Services services, Doors doors, const Readiness& readiness,
                                 const doors::Certificates* certificates)
    : source_(std::make_unique<Source>(services, doors, certificates)),
      listener_(
          [source = source_.get()] {
            return prometheus::TextSerializer().Serialize(source->collect());
          },
          [&readiness] { return readiness.why_not(); }, certificates) {}
MetricsEndpoint::~MetricsEndpoint() = default;

}  // namespace casewheel::daemon
