// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {LedgerBase} from "../LedgerBase.sol";

/// @notice Evidence that a log contradicts itself: what is one, what is none, and that it stays.
contract EquivocationsTest is LedgerBase {
    uint8 private constant RECORDS = 0;
    uint8 private constant ACCESS = 1;
    bytes32 private constant A = keccak256("root a");
    bytes32 private constant B = keccak256("root b");

    uint256 private luzKey = keyOf("Hospital da Luz Nova");
    uint256 private aldhelmKey = keyOf("St. Aldhelm Hospital");
    bytes32 private left = sha256(hex"00aa");
    bytes32 private forged = sha256(hex"00ab");
    bytes32 private right = sha256(hex"00bb");
    bytes32 private added = sha256(hex"00cc");

    function setUp() public override {
        super.setUp();
        admit(luz, 620);
        admit(aldhelm, 826);
    }

    function digestOf(uint32 organization, uint8 stream, bytes32 root, uint64 size) private view returns (bytes32) {
        bytes32 typeHash = keccak256("Checkpoint(uint32 organization,uint8 stream,bytes32 root,uint64 size)");
        bytes32 structHash = keccak256(abi.encode(typeHash, organization, stream, root, size));
        return typedDigest("Anamnesis Checkpoints", address(checkpoints), structHash);
    }

    function signedBy(uint256 key, bytes32 root, uint64 size)
        private
        view
        returns (ICheckpoints.SignedCheckpoint memory)
    {
        return ICheckpoints.SignedCheckpoint(root, size, signed(key, digestOf(1, RECORDS, root, size)));
    }

    function parent(bytes32 one, bytes32 other) private pure returns (bytes32) {
        return sha256(abi.encodePacked(hex"01", one, other));
    }

    /// @dev The way of the first leaf in the log of two leaves.
    function firstOfTwo(bytes32 leaf) private view returns (ICheckpoints.LeafProof memory found) {
        found.hash = leaf;
        found.proof = new bytes32[](1);
        found.proof[0] = right;
    }

    /// @dev The way of the first leaf in the log of three leaves.
    function firstOfThree(bytes32 leaf) private view returns (ICheckpoints.LeafProof memory found) {
        found.hash = leaf;
        found.proof = new bytes32[](2);
        found.proof[0] = right;
        found.proof[1] = added;
    }

    function expectRecord(uint32 organization, uint8 stream, uint48 time, ICheckpoints.Contradiction kind)
        private
        view
    {
        (uint48 actualTime, ICheckpoints.Contradiction actual) = checkpoints.equivocatedAt(organization, stream);
        same(actualTime, time, "time");
        same(uint8(actual), uint8(kind), "contradiction");
    }

    function side(address signer, bytes32 root, uint64 size) private pure returns (ICheckpoints.Side memory) {
        return ICheckpoints.Side({signer: signer, root: root, size: size});
    }

    function test_digest_isTheTypedData() public view {
        same(checkpoints.digest(1, ACCESS, A, 7), digestOf(1, ACCESS, A, 7), "digest");
    }

    function test_recordTwoRoots_staysOnRecord() public {
        vm.warp(START + 5);
        expectRecord(1, RECORDS, 0, ICheckpoints.Contradiction.None);
        vm.expectEmit(address(checkpoints));
        emit ICheckpoints.EquivocationRecorded(
            1, RECORDS, ICheckpoints.Contradiction.TwoRoots, side(luz, A, 7), side(luz, B, 7), START + 5
        );
        vm.prank(stranger);
        checkpoints.recordTwoRoots(1, RECORDS, signedBy(luzKey, A, 7), signedBy(luzKey, B, 7));
        expectRecord(1, RECORDS, START + 5, ICheckpoints.Contradiction.TwoRoots);
        expectRecord(1, ACCESS, 0, ICheckpoints.Contradiction.None);
        expectRecord(2, RECORDS, 0, ICheckpoints.Contradiction.None);
    }

    function test_recordTwoRoots_revertsIfRecordedAlready() public {
        checkpoints.recordTwoRoots(1, RECORDS, signedBy(luzKey, A, 7), signedBy(luzKey, B, 7));
        vm.warp(START + 5);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_AlreadyRecorded.selector, 1, RECORDS, START));
        checkpoints.recordTwoRoots(1, RECORDS, signedBy(luzKey, A, 7), signedBy(luzKey, B, 7));
        expectRecord(1, RECORDS, START, ICheckpoints.Contradiction.TwoRoots);
    }

    function test_recordTwoRoots_revertsIfTwoFormsOfOneSignature() public {
        ICheckpoints.SignedCheckpoint memory compact =
            ICheckpoints.SignedCheckpoint(A, 7, signedCompact(luzKey, digestOf(1, RECORDS, A, 7)));
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NoContradiction.selector, 1, RECORDS, 7, 7));
        checkpoints.recordTwoRoots(1, RECORDS, signedBy(luzKey, A, 7), compact);
        // The compact form counts where the contents differ.
        checkpoints.recordTwoRoots(1, RECORDS, signedBy(luzKey, B, 7), compact);
        expectRecord(1, RECORDS, START, ICheckpoints.Contradiction.TwoRoots);
    }

    function test_recordTwoRoots_revertsIfSizesDiffer() public {
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NoContradiction.selector, 1, RECORDS, 7, 8));
        checkpoints.recordTwoRoots(1, RECORDS, signedBy(luzKey, A, 7), signedBy(luzKey, B, 8));
    }

    function test_recordTwoRoots_countsKeysOfAllTimes() public {
        handOver(luz, addressOf("next"), START + YEAR);
        vm.prank(council);
        directory.suspend(1);
        vm.warp(START + 10 * YEAR);
        checkpoints.recordTwoRoots(1, RECORDS, signedBy(luzKey, A, 7), signedBy(keyOf("next"), B, 7));
        expectRecord(1, RECORDS, START + 10 * YEAR, ICheckpoints.Contradiction.TwoRoots);
    }

    function test_recordTwoRoots_revertsIfNotBothByOperatorsOfTheOrganization() public {
        vm.expectRevert(
            abi.encodeWithSelector(ICheckpoints.Checkpoints_NotSignedByOperator.selector, 1, RECORDS, aldhelm)
        );
        checkpoints.recordTwoRoots(1, RECORDS, signedBy(luzKey, A, 7), signedBy(aldhelmKey, B, 7));
        vm.expectRevert(
            abi.encodeWithSelector(ICheckpoints.Checkpoints_NotSignedByOperator.selector, 1, RECORDS, stranger)
        );
        checkpoints.recordTwoRoots(1, RECORDS, signedBy(keyOf("stranger"), A, 7), signedBy(luzKey, B, 7));
        ICheckpoints.SignedCheckpoint memory unsigned = ICheckpoints.SignedCheckpoint(B, 7, "");
        vm.expectRevert(
            abi.encodeWithSelector(ICheckpoints.Checkpoints_NotSignedByOperator.selector, 1, RECORDS, address(0))
        );
        checkpoints.recordTwoRoots(1, RECORDS, signedBy(luzKey, A, 7), unsigned);
    }

    function test_recordTwoRoots_revertsIfNobodysLog() public {
        bytes memory one = signed(keyOf("stranger"), digestOf(0, RECORDS, A, 7));
        vm.expectRevert(
            abi.encodeWithSelector(ICheckpoints.Checkpoints_NotSignedByOperator.selector, 0, RECORDS, stranger)
        );
        checkpoints.recordTwoRoots(
            0, RECORDS, ICheckpoints.SignedCheckpoint(A, 7, one), ICheckpoints.SignedCheckpoint(B, 7, one)
        );
    }

    function test_recordTwoRoots_revertsIfSignedForAnotherStreamOrChain() public {
        ICheckpoints.SignedCheckpoint memory one = signedBy(luzKey, A, 7);
        ICheckpoints.SignedCheckpoint memory other = signedBy(luzKey, B, 7);
        (bool recorded,) =
            address(checkpoints).call(abi.encodeCall(ICheckpoints.recordTwoRoots, (1, ACCESS, one, other)));
        isFalse(recorded, "another stream");
        vm.chainId(block.chainid + 1);
        (recorded,) = address(checkpoints).call(abi.encodeCall(ICheckpoints.recordTwoRoots, (1, RECORDS, one, other)));
        isFalse(recorded, "another chain");
    }

    function test_recordOtherThanPosted_staysOnRecord() public {
        vm.prank(luz);
        checkpoints.post(RECORDS, ICheckpoints.Checkpoint(A, 7));
        bytes32 prefix = (A >> 72) << 72;
        vm.expectEmit(address(checkpoints));
        emit ICheckpoints.EquivocationRecorded(
            1, RECORDS, ICheckpoints.Contradiction.OtherThanPosted, side(luz, B, 7), side(address(0), prefix, 7), START
        );
        checkpoints.recordOtherThanPosted(1, RECORDS, signedBy(luzKey, B, 7));
        expectRecord(1, RECORDS, START, ICheckpoints.Contradiction.OtherThanPosted);

        // Posting goes on: a record is a fact, not a punishment.
        vm.prank(luz);
        checkpoints.post(RECORDS, ICheckpoints.Checkpoint(B, 8));
    }

    function test_recordOtherThanPosted_revertsIfNoContradiction() public {
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NoContradiction.selector, 1, RECORDS, 0, 0));
        checkpoints.recordOtherThanPosted(1, RECORDS, signedBy(luzKey, B, 0));
        vm.prank(luz);
        checkpoints.post(RECORDS, ICheckpoints.Checkpoint(A, 7));
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NoContradiction.selector, 1, RECORDS, 7, 7));
        checkpoints.recordOtherThanPosted(1, RECORDS, signedBy(luzKey, A, 7));
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NoContradiction.selector, 1, RECORDS, 6, 7));
        checkpoints.recordOtherThanPosted(1, RECORDS, signedBy(luzKey, B, 6));
    }

    function test_recordOtherThanPosted_revertsIfNotSignedByOperator() public {
        vm.prank(luz);
        checkpoints.post(RECORDS, ICheckpoints.Checkpoint(A, 7));
        vm.expectRevert(
            abi.encodeWithSelector(ICheckpoints.Checkpoints_NotSignedByOperator.selector, 1, RECORDS, aldhelm)
        );
        checkpoints.recordOtherThanPosted(1, RECORDS, signedBy(aldhelmKey, B, 7));
    }

    function test_recordLeafReplaced_staysOnRecord() public {
        bytes32 before = parent(left, right);
        bytes32 later = parent(parent(forged, right), added);
        vm.expectEmit(address(checkpoints));
        emit ICheckpoints.EquivocationRecorded(
            1, RECORDS, ICheckpoints.Contradiction.LeafReplaced, side(luz, before, 2), side(luz, later, 3), START
        );
        checkpoints.recordLeafReplaced(
            1,
            RECORDS,
            0,
            signedBy(luzKey, before, 2),
            firstOfTwo(left),
            signedBy(luzKey, later, 3),
            firstOfThree(forged)
        );
        expectRecord(1, RECORDS, START, ICheckpoints.Contradiction.LeafReplaced);
    }

    function test_recordLeafReplaced_revertsForAnHonestLog() public {
        ICheckpoints.SignedCheckpoint memory two = signedBy(luzKey, parent(left, right), 2);
        bytes32 root = parent(parent(left, right), added);
        ICheckpoints.SignedCheckpoint memory three = signedBy(luzKey, root, 3);
        ICheckpoints.LeafProof memory early = firstOfTwo(left);
        ICheckpoints.LeafProof memory late = firstOfThree(left);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_SameLeaf.selector, 1, RECORDS, 0));
        checkpoints.recordLeafReplaced(1, RECORDS, 0, two, early, three, late);

        // An inner node passed off as the leaf at that index is one level too high for the way.
        ICheckpoints.LeafProof memory inner;
        inner.hash = parent(left, right);
        inner.proof = new bytes32[](1);
        inner.proof[0] = added;
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_InvalidProof.selector, 1, RECORDS, root, 0));
        checkpoints.recordLeafReplaced(1, RECORDS, 0, two, early, three, inner);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_InvalidProof.selector, 1, RECORDS, root, 0));
        checkpoints.recordLeafReplaced(1, RECORDS, 0, three, inner, two, early);
    }

    function test_recordLeafReplaced_revertsIfSizesAreEqualOrTheSignerIsForeign() public {
        bytes32 before = parent(left, right);
        bytes32 later = parent(parent(forged, right), added);
        ICheckpoints.SignedCheckpoint memory two = signedBy(luzKey, before, 2);
        ICheckpoints.LeafProof memory early = firstOfTwo(left);
        ICheckpoints.LeafProof memory late = firstOfThree(forged);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NoContradiction.selector, 1, RECORDS, 2, 2));
        checkpoints.recordLeafReplaced(1, RECORDS, 0, two, early, two, early);
        vm.expectRevert(
            abi.encodeWithSelector(ICheckpoints.Checkpoints_NotSignedByOperator.selector, 1, RECORDS, aldhelm)
        );
        checkpoints.recordLeafReplaced(1, RECORDS, 0, two, early, signedBy(aldhelmKey, later, 3), late);
    }
}
