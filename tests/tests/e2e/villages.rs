//! The real debate over nodes that are never all connected.

use baro_tests::polis::Debate;
use baro_tests::samples;
use baro_tests::villages::Villages;

#[test]
fn the_seattle_debate_converges_over_three_villages_and_an_uplink() {
    let Some(samples) = samples().unwrap() else { return };
    let source = Debate::load(&samples, "15-per-hour-seattle").unwrap();
    assert_eq!(source.cells(), 2_872);
    let villages = Villages::found("15 per hour").unwrap();
    villages.play(&source).unwrap();
    villages.digest().unwrap();
    for node in &villages.nodes {
        assert_eq!(source.check(node, &villages.debate).unwrap(), 2_872);
    }
}
