// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Guardians} from "./Guardians.sol";
import {ISubjects} from "./interfaces/ISubjects.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {SubjectWord} from "./libraries/SubjectWord.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title Subjects
/// @notice See ISubjects.
contract Subjects is ISubjects, Guardians {
    bytes32 private constant ROTATE_TYPEHASH =
        keccak256("Rotate(address subject,address newController,uint64 nonce,uint48 deadline)");
    bytes32 private constant REVOKE_ALL_TYPEHASH = keccak256("RevokeAll(address subject,uint64 nonce,uint48 deadline)");

    /// @inheritdoc ISubjects
    string public constant override version = "1.0.0";

    mapping(address subject => SubjectWord) private _words;

    constructor() EIP712("Anamnesis Subjects", "1") {}

    /// @inheritdoc ISubjects
    function rotate(address subject, address newController) external override {
        SubjectWord current = _words[subject];
        _requireController(subject, current);
        _rotate(subject, current, newController);
    }

    /// @inheritdoc ISubjects
    function rotateBySig(address subject, address newController, uint48 deadline, bytes calldata signature)
        external
        override
    {
        SubjectWord current = _words[subject];
        bytes32 structHash = keccak256(abi.encode(ROTATE_TYPEHASH, subject, newController, current.nonce(), deadline));
        _requireSignature(subject, current, deadline, structHash, signature);
        _rotate(subject, current, newController);
    }

    /// @inheritdoc ISubjects
    function revokeAll(address subject) external override {
        SubjectWord current = _words[subject];
        _requireController(subject, current);
        _revokeAll(subject, current);
    }

    /// @inheritdoc ISubjects
    function revokeAllBySig(address subject, uint48 deadline, bytes calldata signature) external override {
        SubjectWord current = _words[subject];
        bytes32 structHash = keccak256(abi.encode(REVOKE_ALL_TYPEHASH, subject, current.nonce(), deadline));
        _requireSignature(subject, current, deadline, structHash, signature);
        _revokeAll(subject, current);
    }

    /// @inheritdoc ISubjects
    function controllerOf(address subject) external view override returns (address) {
        return _words[subject].controllerOr(subject);
    }

    /// @inheritdoc ISubjects
    function epochOf(address subject) external view override returns (uint32) {
        return _words[subject].epoch();
    }

    /// @inheritdoc ISubjects
    function nonceOf(address subject) external view override returns (uint64) {
        return _words[subject].nonce();
    }

    /// @inheritdoc ISubjects
    function subjectOf(address subject) external view override returns (Subject memory) {
        SubjectWord current = _words[subject];
        return Subject({controller: current.controllerOr(subject), epoch: current.epoch(), nonce: current.nonce()});
    }

    /// @inheritdoc ISubjects
    function word(address subject) external view override returns (uint256) {
        return SubjectWord.unwrap(_words[subject]);
    }

    /// @inheritdoc Guardians
    function _subjectWord(address subject) internal view override returns (SubjectWord) {
        return _words[subject];
    }

    /// @inheritdoc Guardians
    function _raiseEpoch(address subject, SubjectWord current) internal override {
        SubjectWord next = current.withNextEpoch();
        _words[subject] = next;
        emit AllRevoked(subject, next.epoch(), next.nonce());
    }

    /// @inheritdoc Guardians
    function _raiseNonce(address subject, SubjectWord current) internal override returns (uint64) {
        SubjectWord next = current.withNextNonce();
        _words[subject] = next;
        return next.nonce();
    }

    /// @inheritdoc Guardians
    function _requireController(address subject, SubjectWord current) internal view override {
        address controller = current.controllerOr(subject);
        if (msg.sender != controller) revert Subjects_NotController(subject, controller, msg.sender);
    }

    /// @inheritdoc Guardians
    function _requireSignature(
        address subject,
        SubjectWord current,
        uint48 deadline,
        bytes32 structHash,
        bytes calldata signature
    ) internal view override {
        _requireInTime(subject, deadline);
        address controller = current.controllerOr(subject);
        if (!Signatures.isValid(controller, _hashTypedDataV4(structHash), signature)) {
            revert Subjects_InvalidSignature(subject, controller, current.nonce());
        }
    }

    /// @inheritdoc Guardians
    function _rotate(address subject, SubjectWord current, address newController)
        internal
        override
        returns (uint64 nonce)
    {
        if (newController == address(0)) revert Subjects_InvalidController(subject, newController);
        SubjectWord next = current.rotate(newController);
        _words[subject] = next;
        nonce = next.nonce();
        emit SubjectRotated(subject, newController, next.epoch(), nonce);
    }

    function _revokeAll(address subject, SubjectWord current) private {
        SubjectWord next = current.advance();
        _words[subject] = next;
        emit AllRevoked(subject, next.epoch(), next.nonce());
    }
}
