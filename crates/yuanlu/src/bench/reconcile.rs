//! A bill against as many refunds, beside only reading the same file and looking every line up.

use super::{Figures, per_second, start};
use crate::{Problem, open};
use rusqlite::Connection;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use yuanlu_app::engine::Lane;
use yuanlu_app::{App, AppError, Config};
use yuanlu_channels::BillKind;
use yuanlu_channels::wechat::{WechatChannel, WechatConfig};
use yuanlu_domain::bill::{ChannelEntry, EntryState};
use yuanlu_domain::ids::{ChannelNumber, Ids};
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{BroughtBill, compare_bill};
use yuanlu_money::Money;
use yuanlu_simulator::practice;
use yuanlu_storage::{Born, channel_entry};

/// Rows written in one commit while preparing.
const CHUNK: usize = 10_000;
const MERCHANT: &str = "1900006511";
const SEED: [u8; 32] = [11; 32];

fn channel() -> Result<WechatChannel, Problem> {
    WechatChannel::new(WechatConfig {
        merchant_id: MERCHANT.into(),
        app_id: "wxb4ba3c02aa476ea1".into(),
        merchant_serial: "7132D72A03E93CDDF8C03BBD1F37EEDF".into(),
        merchant_key: practice::MERCHANT_KEY.into(),
        api_key: "0123456789abcdef0123456789abcdef".into(),
        public_key_id: "PUB_KEY_ID_0000000000000024101100397200000006".into(),
        public_key: practice::PLATFORM_PUBLIC.into(),
        platform_certificates: String::new(),
        notify_url: "https://shop.invalid/callback/wechat".into(),
        base_url: "https://channel.invalid".into(),
        transfer_scene: "1000".into(),
    })
    .map_err(|faults| Problem::new(format!("{faults:?}")))
}

/// Refunds of one day, and the bill that has them all.
fn prepare(app: &App, lines: usize, file: &Path, noon: Instant) -> Result<(), Problem> {
    let mut ids = Ids::new(SEED);
    let prefix = app.db().meta().number_prefix.clone();
    let mut out = BufWriter::new(File::create(file)?);
    const HEAD: &str = "\u{feff}交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,\
        付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,\
        商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
    write!(out, "{HEAD}\r\n")?;
    let mut entries = Vec::with_capacity(CHUNK);
    for n in 0..lines {
        let order = ids.order(noon);
        let no = ChannelNumber::compose(&prefix, &order, 'R', 1);
        let paid = ChannelNumber::compose(&prefix, &order, 'P', 1);
        let (reference, at) = (format!("42000000{n:020}"), noon.plus_seconds((n % 36_000) as i64));
        let (time, minor) = (at.local().strftime("%Y-%m-%d %H:%M:%S"), 1 + (n % 90_000) as i64);
        let yuan = format!("{}.{:02}", minor / 100, minor % 100);
        write!(
            out,
            "`{time},`wxb4ba3c02aa476ea1,`{MERCHANT},`0,`,`{reference},`{paid},`o-payer,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,\
             `0.00,`50000000{n:020},`{no},`{yuan},`0.00,`ORIGINAL,`SUCCESS,`card,`,`-0.01000,`0.60%,`0.00,`{yuan},`\r\n"
        )?;
        entries.push(ChannelEntry {
            no,
            part: 1,
            channel: "wechat".into(),
            incoming: false,
            listed: true,
            owner: order.to_string(),
            channel_ref: format!("50000000{n:020}"),
            amount: Money::cny(minor),
            state: EntryState::Arrived,
            at: Some(at),
        });
        if entries.len() == CHUNK || n + 1 == lines {
            let chunk = std::mem::take(&mut entries);
            let written = app.engine().write(Lane::Bulk, move |tx, _| {
                chunk.iter().try_for_each(|entry| channel_entry::put(tx, entry))?;
                Ok::<_, AppError>(())
            });
            written.map_err(Problem::new)?;
        }
    }
    write!(out, "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n")?;
    write!(out, "`{lines},`0.00,`0.00,`0.00,`0.00,`0.00,`0.00\r\n")?;
    Ok(out.flush()?)
}

/// Reads the file with `csv` and looks every line up by its number; how many were found.
fn bare(database: &Path, file: &Path) -> Result<usize, Problem> {
    let failed = Problem::at::<rusqlite::Error>;
    let connection = Connection::open(database).map_err(failed("opening"))?;
    let sql = "select order_id, amount, state from channel_entry where no = ?1";
    let mut find = connection.prepare(sql).map_err(failed("preparing"))?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).quoting(false).from_path(file).map_err(Problem::new)?;
    let (mut record, mut found) = (csv::StringRecord::new(), 0);
    while reader.read_record(&mut record).map_err(Problem::new)? {
        let Some(no) = record.get(15).and_then(|cell| cell.strip_prefix('`')) else { continue };
        let mut rows = find.query([no]).map_err(failed("looking up"))?;
        if let Some(row) = rows.next().map_err(failed("looking up"))? {
            let amount: i64 = row.get(1).map_err(failed("looking up"))?;
            found += usize::from(amount > 0);
        }
    }
    Ok(found)
}

/// The most memory this process has had since [`forget_peak`], in megabytes; `None` where the system does not say.
fn peak() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1000.0)
}

fn forget_peak() {
    // Where this is not allowed, the figure counts what was measured before too.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// Measures a bill of so many lines.
pub fn measure(folder: &Path, lines: usize, figures: &mut Figures<'_>) -> Result<(), Problem> {
    eprintln!("preparing a bill of {lines} lines …");
    let shop = folder.join("reconcile");
    let app = open::shop(Config::new(&shop, Born::Live))?;
    let file = folder.join("bill.csv");
    let day = app.now().plus_days(-1).date();
    prepare(&app, lines, &file, Instant::start_of(day).plus_hours(12))?;
    figures.add("bill", fs::metadata(&file)?.len() as f64 / 1e6, "MB");
    eprintln!("reading it and looking every line up …");
    let began = start();
    let place = app.config().database();
    let found = bare(place.file().ok_or_else(|| Problem::new("the bare side reads a file"))?, &file)?;
    figures.add("reconcile_bare", per_second(found, began.elapsed()), "lines/s");
    eprintln!("comparing it …");
    forget_peak();
    let began = start();
    let (id, kind) = ("wechat".into(), BillKind::Trades);
    let bill = BroughtBill { channel: &id, day, kind, path: &file, empty: false, brought_by: "operator" };
    let done = compare_bill(&app, &channel()?, &bill, &mut |_| {}).map_err(Problem::at("the bill of the benchmark"))?;
    if done.summary.matched != lines as u64 || done.summary.differences != 0 {
        return Err(Problem::new(format!("the bill of the benchmark does not match: {:?}", done.summary)));
    }
    figures.add_beside("reconcile", per_second(lines, began.elapsed()), "lines/s", "reconcile_bare");
    if let Some(megabytes) = peak() {
        figures.add("reconcile_memory", megabytes, "MB");
    }
    Ok(())
}
