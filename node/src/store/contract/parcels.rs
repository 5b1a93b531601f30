//! Sealed parcels: carried, dropped, not taken again.

use super::*;

fn id(n: u8) -> ParcelId {
    ParcelId::from_bytes([n; 32])
}

fn row(of: u8, n: u8) -> ParcelRow {
    ParcelRow {
        community: community(of),
        id: id(n),
        size: 512,
        kept_at: 7,
        way: Way(u32::MAX),
        sent: false,
        tried: false,
        gone: false,
    }
}

#[test]
fn parcels_are_kept_with_their_bytes_until_they_are_gone() {
    each(|store| {
        write(store, |tx| {
            tx.put_community(&community_row(1))?;
            tx.put_community(&community_row(2))?;
            tx.put_parcel(&row(1, 9), Some(&[9; 512]))?;
            tx.put_parcel(&row(1, 4), Some(&[4; 512]))?;
            tx.put_parcel(&row(2, 4), Some(&[4; 512]))
        });
        let (one, two) = (community(1), community(2));
        assert_eq!(store.parcels(&one).unwrap(), [row(1, 4), row(1, 9)]);
        assert_eq!(store.parcel(&one, &[9; 8]).unwrap(), Some(row(1, 9)));
        assert_eq!(store.parcel(&one, &[9; 32]).unwrap(), Some(row(1, 9)));
        assert_eq!(store.parcel(&one, &[8; 8]).unwrap(), None);
        assert_eq!(store.parcel(&two, &[5; 8]).unwrap(), None);
        assert_eq!(store.parcel_bytes(&one, &id(9)).unwrap().unwrap(), [9; 512]);

        let tried = ParcelRow { tried: true, sent: true, ..row(1, 9) };
        write(store, |tx| tx.put_parcel(&tried, None));
        assert_eq!(store.parcel(&one, &[9; 8]).unwrap(), Some(tried.clone()));
        assert_eq!(store.parcel_bytes(&one, &id(9)).unwrap().unwrap(), [9; 512]);

        let gone = ParcelRow { gone: true, ..tried };
        write(store, |tx| tx.put_parcel(&gone, None));
        assert_eq!(store.parcel_bytes(&one, &id(9)).unwrap(), None);
        assert_eq!(store.parcels(&one).unwrap(), [row(1, 4), gone]);
        write(store, |tx| tx.drop_parcel(&one, &id(9)));
        assert_eq!(store.parcels(&one).unwrap(), [row(1, 4)]);

        let failed = store.transaction(&mut |tx| {
            tx.drop_parcel(&one, &id(4))?;
            tx.put_parcel(&row(1, 5), Some(&[5; 512]))?;
            Err(StoreError::Full)
        });
        assert_eq!(failed, Err(StoreError::Full));
        assert_eq!(store.parcels(&one).unwrap(), [row(1, 4)]);
        write(store, |tx| tx.drop_community(&one));
        assert_eq!(store.parcels(&one).unwrap(), []);
        assert_eq!(store.parcels(&two).unwrap(), [row(2, 4)]);
        store.scrub().unwrap();
        assert_eq!(store.parcel_bytes(&two, &id(4)).unwrap().unwrap(), [4; 512]);
    });
}
