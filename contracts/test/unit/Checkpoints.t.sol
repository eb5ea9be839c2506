// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {LedgerBase} from "../LedgerBase.sol";

contract CheckpointsTest is LedgerBase {
    uint8 private constant RECORDS = 0;
    uint8 private constant ACCESS = 1;
    bytes32 private constant ROOT = keccak256("root");

    function setUp() public override {
        super.setUp();
        admit(luz, 620);
        admit(aldhelm, 826);
    }

    function state(bytes32 root, uint64 size) private pure returns (ICheckpoints.Checkpoint memory) {
        return ICheckpoints.Checkpoint({root: root, size: size});
    }

    function post(address operator, uint8 stream, bytes32 root, uint64 size) private {
        vm.prank(operator);
        checkpoints.post(stream, state(root, size));
    }

    function expectLatest(uint32 organization, uint8 stream, uint64 size, uint32 time) private view {
        (uint64 actualSize, uint32 actualTime) = checkpoints.latest(organization, stream);
        same(actualSize, size, "latest size");
        same(actualTime, time, "latest time");
    }

    function test_latest_isEmptyBeforeTheFirstPost() public view {
        same(checkpoints.word(1, RECORDS), 0, "word");
        expectLatest(1, RECORDS, 0, 0);
        (bool matched, uint32 time) = checkpoints.matches(1, RECORDS, state(0, 0));
        isFalse(matched, "the empty word is no checkpoint");
        same(time, 0, "time");
        same(address(checkpoints.directory()), address(directory), "directory");
        same(checkpoints.version(), "1.0.0", "version");
    }

    function test_post_recordsTheCheckpoint() public {
        vm.warp(START + 60);
        vm.expectEmit(address(checkpoints));
        emit ICheckpoints.CheckpointPosted(1, RECORDS, ROOT, 17, uint32(START + 60));
        post(luz, RECORDS, ROOT, 17);
        expectLatest(1, RECORDS, 17, uint32(START + 60));
        bytes32 expected = bytes32(bytes23(ROOT)) | bytes32((uint256(17) << 32) | (START + 60));
        same(checkpoints.word(1, RECORDS), expected, "word");
        (bool matched, uint32 time) = checkpoints.matches(1, RECORDS, state(ROOT, 17));
        isTrue(matched, "matches");
        same(time, START + 60, "time");
    }

    function test_post_keepsStreamsAndOrganizationsApart() public {
        post(luz, RECORDS, ROOT, 5);
        post(luz, ACCESS, keccak256("access"), 9);
        post(aldhelm, RECORDS, keccak256("other"), 2);
        expectLatest(1, RECORDS, 5, uint32(START));
        expectLatest(1, ACCESS, 9, uint32(START));
        expectLatest(2, RECORDS, 2, uint32(START));
        expectLatest(2, ACCESS, 0, 0);
    }

    function test_post_replacesTheLast() public {
        post(luz, RECORDS, ROOT, 5);
        post(luz, RECORDS, keccak256("next"), 6);
        (bool matched, uint32 time) = checkpoints.matches(1, RECORDS, state(ROOT, 5));
        isFalse(matched, "the former");
        same(time, 0, "no time for it");
        (matched,) = checkpoints.matches(1, RECORDS, state(keccak256("next"), 6));
        isTrue(matched, "the new");
    }

    function test_post_goesOnAfterTheOperatorRotated() public {
        post(luz, RECORDS, ROOT, 5);
        handOver(luz, addressOf("next"), START + YEAR);
        post(addressOf("next"), RECORDS, keccak256("next"), 6);
        expectLatest(1, RECORDS, 6, uint32(START));
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NotOperator.selector, luz));
        checkpoints.post(RECORDS, state(ROOT, 7));
    }

    function test_post_revertsIfSentTwice() public {
        post(luz, RECORDS, ROOT, 5);
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NotGrowing.selector, 1, RECORDS, 5, 5));
        checkpoints.post(RECORDS, state(ROOT, 5));
    }

    function test_post_revertsIfNotGrowing() public {
        post(luz, ACCESS, ROOT, 5);
        vm.startPrank(luz);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NotGrowing.selector, 1, ACCESS, 5, 5));
        checkpoints.post(ACCESS, state(keccak256("another of that size"), 5));
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NotGrowing.selector, 1, ACCESS, 5, 4));
        checkpoints.post(ACCESS, state(keccak256("rolled back"), 4));
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NotGrowing.selector, 1, RECORDS, 0, 0));
        checkpoints.post(RECORDS, state(ROOT, 0));
    }

    function test_post_revertsIfTooLarge() public {
        post(luz, RECORDS, ROOT, type(uint40).max - 1);
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_TooLarge.selector, 1, RECORDS, uint64(1) << 40));
        checkpoints.post(RECORDS, state(ROOT, uint64(1) << 40));
        post(luz, RECORDS, ROOT, type(uint40).max);
        expectLatest(1, RECORDS, type(uint40).max, uint32(START));
    }

    function test_post_revertsIfStranger() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NotOperator.selector, stranger));
        checkpoints.post(RECORDS, state(ROOT, 1));
    }

    function test_post_revertsIfSuspended() public {
        vm.prank(council);
        directory.suspend(1);
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NotOperator.selector, luz));
        checkpoints.post(RECORDS, state(ROOT, 1));
    }

    function test_post_revertsIfTheKeyHasEnded() public {
        vm.warp(START + YEAR);
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NotOperator.selector, luz));
        checkpoints.post(RECORDS, state(ROOT, 1));
    }

    function many(bytes32 first, uint64 firstSize, bytes32 second, uint64 secondSize)
        private
        pure
        returns (ICheckpoints.StreamCheckpoint[] memory all)
    {
        all = new ICheckpoints.StreamCheckpoint[](2);
        all[0] = ICheckpoints.StreamCheckpoint({stream: RECORDS, root: first, size: firstSize});
        all[1] = ICheckpoints.StreamCheckpoint({stream: ACCESS, root: second, size: secondSize});
    }

    function test_postMany_postsEveryStream() public {
        bytes32 other = keccak256("access");
        vm.expectEmit(address(checkpoints));
        emit ICheckpoints.CheckpointPosted(1, RECORDS, ROOT, 5, uint32(START));
        vm.expectEmit(address(checkpoints));
        emit ICheckpoints.CheckpointPosted(1, ACCESS, other, 9, uint32(START));
        vm.prank(luz);
        checkpoints.postMany(many(ROOT, 5, other, 9));
        (bool matched,) = checkpoints.matches(1, RECORDS, state(ROOT, 5));
        isTrue(matched, "records");
        (matched,) = checkpoints.matches(1, ACCESS, state(other, 9));
        isTrue(matched, "access");
    }

    function test_postMany_postsAllOrNothing() public {
        post(luz, ACCESS, ROOT, 9);
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NotGrowing.selector, 1, ACCESS, 9, 9));
        checkpoints.postMany(many(ROOT, 5, ROOT, 9));
        expectLatest(1, RECORDS, 0, 0);
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_TooLarge.selector, 1, ACCESS, uint64(1) << 40));
        checkpoints.postMany(many(ROOT, 5, ROOT, uint64(1) << 40));
        expectLatest(1, RECORDS, 0, 0);
    }

    function test_postMany_revertsIfOneStreamDoesNotGrowWithinTheCall() public {
        ICheckpoints.StreamCheckpoint[] memory all = many(ROOT, 5, ROOT, 5);
        all[1].stream = RECORDS;
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NotGrowing.selector, 1, RECORDS, 5, 5));
        checkpoints.postMany(all);
    }

    function test_postMany_revertsIfEmptyOrStranger() public {
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NothingToPost.selector, 1));
        checkpoints.postMany(new ICheckpoints.StreamCheckpoint[](0));
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ICheckpoints.Checkpoints_NotOperator.selector, stranger));
        checkpoints.postMany(many(ROOT, 5, ROOT, 9));
    }

    function test_matches_failsIfAnyPartDiffers() public {
        post(luz, RECORDS, ROOT, 5);
        (bool matched,) = checkpoints.matches(1, RECORDS, state(keccak256("other"), 5));
        isFalse(matched, "root");
        (matched,) = checkpoints.matches(1, RECORDS, state(ROOT, 4));
        isFalse(matched, "size");
        (matched,) = checkpoints.matches(1, RECORDS, state(ROOT, (uint64(1) << 40) | 5));
        isFalse(matched, "size beyond the word");
        (matched,) = checkpoints.matches(1, ACCESS, state(ROOT, 5));
        isFalse(matched, "stream");
        (matched,) = checkpoints.matches(2, RECORDS, state(ROOT, 5));
        isFalse(matched, "organization");
    }

    function test_includes_provesALeafOfTheLatestCheckpoint() public {
        bytes32 left = sha256(hex"00aa");
        bytes32 right = sha256(hex"00bb");
        bytes32 root = sha256(abi.encodePacked(hex"01", left, right));
        post(luz, RECORDS, root, 2);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = right;
        isTrue(checkpoints.includes(1, RECORDS, state(root, 2), left, 0, proof), "left");
        isFalse(checkpoints.includes(1, RECORDS, state(root, 2), left, 1, proof), "another index");
        isFalse(checkpoints.includes(1, RECORDS, state(root, 2), right, 0, proof), "another leaf");
        isFalse(checkpoints.includes(1, ACCESS, state(root, 2), left, 0, proof), "another stream");
        isFalse(checkpoints.includes(2, RECORDS, state(root, 2), left, 0, proof), "another organization");

        // A root that shares the stored 184 bits but not the rest proves nothing by itself: the path must end in it.
        bytes32 forged = root ^ bytes32(uint256(1));
        isFalse(checkpoints.includes(1, RECORDS, state(forged, 2), left, 0, proof), "another root");

        post(luz, RECORDS, keccak256("next"), 3);
        isFalse(checkpoints.includes(1, RECORDS, state(root, 2), left, 0, proof), "a former checkpoint");
    }
}
